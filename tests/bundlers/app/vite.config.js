// vite; vite build
export default { build: { outDir: 'vite', target: 'es2022' } };
