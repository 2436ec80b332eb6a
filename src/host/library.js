/* The JavaScript half of emscripten.c and exports.c, for emcc's --js-library. It wakes the loop, reads an
 * XMLHttpRequest for what emscripten_fetch does not say of it, and hands the module's callbacks to `Module.host`. */
addToLibrary({
  $FetchLoop: {
    wakes: new Map(), // loop -> () => void, which calls its pending wake-up off

    /* Run `task` from the host's own loop, soon: setTimeout(0) is 1 ms in Node, 4 ms in nested calls in a browser. */
    soon(task) {
      if (typeof setImmediate === 'function') {
        const immediate = setImmediate(task);
        return () => clearImmediate(immediate);
      }
      let pending = true;
      FetchLoop.channel ??= new MessageChannel();
      FetchLoop.tasks ??= [];
      FetchLoop.tasks.push(() => pending && task());
      FetchLoop.channel.port1.onmessage = () => FetchLoop.tasks.shift()();
      FetchLoop.channel.port2.postMessage(null);
      return () => {
        pending = false;
      };
    },

    later(task, delay) {
      const timeout = setTimeout(task, delay);
      return () => clearTimeout(timeout);
    },
  },

  fl__host_wake_at__deps: ['$FetchLoop', 'fl__host_turn'],
  fl__host_wake_at: (loop, delay) => {
    FetchLoop.wakes.get(loop)?.();
    FetchLoop.wakes.delete(loop);
    if (delay < 0) return;
    const turn = () => {
      FetchLoop.wakes.delete(loop);
      _fl__host_turn(loop);
    };
    // Past 2^31 - 1 ms timers fire at once; waking too early does no harm.
    const wake = delay > 0 ? FetchLoop.later(turn, Math.min(Math.ceil(delay), 0x7fffffff)) : FetchLoop.soon(turn);
    FetchLoop.wakes.set(loop, wake);
  },

  // `Module.host` is the JavaScript that made the module, when it is more than a page around a C program.
  fl__host_sending: (session) => Module['host']?.onSending(session),

  fl__host_error__deps: ['$Fetch'],
  fl__host_error: (fetchId) => Module['host']?.errorOf(Fetch.xhrs.get(fetchId)) ?? 0,

  // Only fetchloop's own XMLHttpRequest, in Node, can say.
  fl__host_connected__deps: ['$Fetch'],
  fl__host_connected: (fetchId) => ((Fetch.xhrs.get(fetchId).connected ?? true) ? 1 : 0),

  fl__host_on_end__deps: ['$Fetch'],
  fl__host_on_end: (owner, id, error, status, fetchId, queued, started, ended) =>
    Module['host'].onEnd(owner, id, error, status, fetchId ? Fetch.xhrs.get(fetchId) : null, queued, started, ended),
  fl__host_on_wants: (owner) => Module['host'].onWants(owner),
  fl__host_on_closed: (session) => Module['host'].onClosed(session),
});
