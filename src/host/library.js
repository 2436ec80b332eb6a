/* The JavaScript half of emscripten.c and exports.c, for emcc's --js-library. It wakes the loop, reads an
 * XMLHttpRequest for what emscripten_fetch does not say of it, and hands the module's callbacks to `Module.host`. */
addToLibrary({
  $FetchLoop: {
    wakes: new Map(), // loop -> () => void, which calls its pending wake-up off

    turning: false,

    /* Run `task` soon. After the host's own callback that asks for it (a response has come), which is the earliest, so
     * that the connection that just fell free is used while other responses are still being read. A turn that asks for
     * the next one goes through the host's loop instead, so that the host's events get their turn too: setImmediate in
     * Node, a message in a browser, where setTimeout(0) waits 4 ms. */
    soon(task) {
      let pending = true;
      const run = () => pending && task();
      if (!FetchLoop.turning) {
        queueMicrotask(run);
      } else if (typeof setImmediate === 'function') {
        setImmediate(run);
      } else {
        FetchLoop.channel ??= new MessageChannel();
        FetchLoop.channel.port1.onmessage = () => FetchLoop.messages.shift()();
        FetchLoop.messages.push(run);
        FetchLoop.channel.port2.postMessage(null);
      }
      return () => {
        pending = false;
      };
    },
    channel: null,
    messages: [],

    /* Node runs due timers before it looks at its sockets: after a stall, what has arrived would be found too late. So
     * a timer only asks for the turn that follows the sockets. */
    later(task, delay) {
      const onSockets = typeof setImmediate === 'function' ? () => setImmediate(run) : () => run();
      let pending = true;
      const run = () => pending && task();
      const timeout = setTimeout(onSockets, delay);
      return () => {
        pending = false;
        clearTimeout(timeout);
      };
    },
  },

  fl__host_wake_at__deps: ['$FetchLoop', 'fl__host_turn'],
  fl__host_wake_at: (loop, delay) => {
    FetchLoop.wakes.get(loop)?.();
    FetchLoop.wakes.delete(loop);
    if (delay < 0) return;
    const turn = () => {
      FetchLoop.wakes.delete(loop);
      FetchLoop.turning = true;
      try {
        _fl__host_turn(loop);
      } finally {
        FetchLoop.turning = false;
      }
    };
    // Past 2^31 - 1 ms timers fire at once; waking too early does no harm.
    const wake = delay > 0 ? FetchLoop.later(turn, Math.min(Math.ceil(delay), 0x7fffffff)) : FetchLoop.soon(turn);
    FetchLoop.wakes.set(loop, wake);
  },

  // `Module.host` is the JavaScript that made the module, when it is more than a page around a C program.
  fl__host_sending: (session) => Module['host']?.onSending(session),

  // An XMLHttpRequest doesn't say why it failed. Fetchloop's own, in Node, does.
  fl__host_error__deps: ['$Fetch', '$stringToUTF8OnStack', '$stackSave', '$stackRestore', 'fl__host_error_number'],
  fl__host_error: (fetchId) => {
    const code = Fetch.xhrs.get(fetchId).errorCode;
    if (!code) return 0;
    const stack = stackSave();
    const error = _fl__host_error_number(stringToUTF8OnStack(code));
    stackRestore(stack);
    return error;
  },

  // Nor whether its connection stands.
  fl__host_connected__deps: ['$Fetch'],
  fl__host_connected: (fetchId) => (Fetch.xhrs.get(fetchId).connected === false ? 0 : 1),

  fl__host_on_end__deps: ['$Fetch'],
  fl__host_on_end: (owner, id, error, status, fetchId, queued, started, ended) =>
    Module['host'].onEnd(owner, id, error, status, fetchId ? Fetch.xhrs.get(fetchId) : null, queued, started, ended),
  fl__host_on_wants: (owner) => Module['host'].onWants(owner),
  fl__host_on_closed: (session) => Module['host'].onClosed(session),
});
