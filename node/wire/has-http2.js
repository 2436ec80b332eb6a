/**
 * Bun's stops sending window updates once setLocalWindowSize() is called (1.4), so that a body of more than a window never
 * ends; Deno's refuses a server that is named by its address (2.9). There it is HTTP/1.1.
 */
export const HAS_HTTP2 = !process.versions.bun && !process.versions.deno;
