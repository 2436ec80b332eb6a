// What Emscripten's Fetch.js finds under the name XMLHttpRequest. Nothing is put on globalThis.
// - Node has none: whoever makes the module gives it one, and it alone.
// - A browser's open() throws on a URL that C took and the browser does not (http://[abc]/), and Fetch.js would let that
//   pass through C's frames: here it becomes an error of the request.
// biome-ignore lint/correctness/noUnusedVariables: Fetch.js uses it
var XMLHttpRequest = Module['XMLHttpRequest'] ?? makeXMLHttpRequest(globalThis.XMLHttpRequest);

function makeXMLHttpRequest(Platform) {
  if (!Platform) {
    throw new Error(
      "no XMLHttpRequest here: in Node, pass the module one: import { XMLHttpRequest } from 'fetchloop/xhr'",
    );
  }
  return class extends Platform {
    open(...request) {
      try {
        super.open(...request);
      } catch {
        this.errorCode = 'FL_EURLHOST';
      }
    }

    send(body) {
      if (this.errorCode) queueMicrotask(() => this.onerror?.());
      else super.send(body);
    }
  };
}
