/* The JavaScript half of exports_loop.c: its callbacks are brought to `Module.host.loop`, see web/loop/bridge.js. */
addToLibrary({
  fl__host_on_call: (slot) => Module['host'].loop.onCall(slot),
  fl__host_on_begin: (id, task) => Module['host'].loop.onBegin(id, task),
  fl__host_on_body_end__deps: ['$UTF8ToString'],
  fl__host_on_body_end: (id, error, message) =>
    Module['host'].loop.onBodyEnd(id, error, message ? UTF8ToString(message) : ''),
  fl__host_on_cancel: (id, delivered) => Module['host'].loop.onCancel(id, delivered !== 0),
  fl__host_on_wait__deps: ['$UTF8ToString'],
  fl__host_on_wait: (id, error, message, value) =>
    Module['host'].loop.onWait(id, error, message ? UTF8ToString(message) : '', value),
  fl__host_compare: (a, b) => Module['host'].loop.compare(a, b),
});
