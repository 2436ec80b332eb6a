// Node has no XMLHttpRequest: whoever makes the module gives it one, and it alone. Nothing is put on globalThis.
// biome-ignore lint/correctness/noUnusedVariables: Emscripten's Fetch.js uses it
var XMLHttpRequest = Module['XMLHttpRequest'] ?? globalThis.XMLHttpRequest;
