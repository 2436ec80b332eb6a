// Node has no XMLHttpRequest: whoever makes the module gives it one, and it alone. Nothing is put on globalThis.
var XMLHttpRequest = Module['XMLHttpRequest'] ?? globalThis.XMLHttpRequest;
