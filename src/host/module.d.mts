/** What the linker makes: web/core.js knows what it exports. */
declare const createModule: (options?: object) => Promise<object>;
export default createModule;
