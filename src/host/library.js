/* The JavaScript half of emscripten.c and exports.c, for emcc's --js-library. It wakes the loop, reads an
 * XMLHttpRequest for what emscripten_fetch does not say of it, and hands the module's callbacks to `Module.host`. */
addToLibrary({
  /* The wake-ups of one loop. No #private names: a line that begins with # is Emscripten's preprocessor's. */
  $FetchLoopWakes: class {
    _turn;
    _turning = false;
    _soon = false;
    _timeout = null;
    _timeoutAt = Number.POSITIVE_INFINITY;
    _channel = null;
    _askedAt = 0;

    constructor(turn) {
      this._turn = turn;
      // Made once: a wake-up for each response would otherwise make one more closure each.
      this._runNow = () => this._run();
      this._goOnNow = () => this._goOn();
      this._runUnlessLate = () => {
        if (performance.now() - this._askedAt < 4) this._run();
        else this._afterEvents();
      };
    }

    never() {
      this._soon = false;
      this._clearTimeout();
    }

    /*
     * After the host's callback that asks for it (a response has come), which is the earliest, so that the connection that
     * just fell free is used while other responses are still being read. A turn that asks for the next one goes through
     * the host's loop, so that the host's events get their turn too.
     */
    soon() {
      if (this._soon) return;
      this._soon = true;
      if (this._turning) {
        this._afterEvents();
        return;
      }
      if (typeof setImmediate === 'function') {
        queueMicrotask(this._runNow);
        return;
      }
      // What asks may have kept its task busy for long, and a turn within it would hold up the page's next frame.
      this._askedAt = performance.now();
      queueMicrotask(this._runUnlessLate);
    }

    /* A timeout that would come too early is left as it is: it does no harm, and moving it costs more. */
    after(delay) {
      this._soon = false;
      const at = performance.now() + delay;
      if (at >= this._timeoutAt) return;
      this._clearTimeout();
      this._timeoutAt = at;
      // Past 2^31 - 1 ms timers fire at once.
      this._timeout = setTimeout(() => this._onTimeout(), Math.min(Math.ceil(delay), 0x7fffffff));
    }

    _clearTimeout() {
      clearTimeout(this._timeout);
      this._timeout = null;
      this._timeoutAt = Number.POSITIVE_INFINITY;
    }

    /* Node runs due timers before it looks at its sockets: after a stall, what has arrived would be found too late. */
    _onTimeout() {
      this._clearTimeout();
      this._soon = true;
      if (typeof setImmediate === 'function') this._afterEvents();
      else this._run();
    }

    /* setTimeout(0) is 1 ms in Node, 4 ms in nested calls in a browser. */
    _afterEvents() {
      if (typeof setImmediate === 'function') {
        setImmediate(this._runNow);
        return;
      }
      if (!this._channel) {
        this._channel = new MessageChannel();
        this._channel.port1.onmessage = this._runNow;
      }
      this._channel.port2.postMessage(null);
    }

    _run() {
      if (!this._soon) return; // called off, or an earlier call was first
      this._soon = false;
      this._goOn();
    }

    _goOn() {
      let givesWay = false;
      this._turning = true;
      try {
        givesWay = this._turn() !== 0;
      } finally {
        this._turning = givesWay;
      }
      if (givesWay) Module['host'].loop.giveWay(this._goOnNow);
    }
  },
  $fetchLoopWakes: 'new Map()',

  fl__host_wake_at__deps: ['$FetchLoopWakes', '$fetchLoopWakes', 'fl__host_turn'],
  fl__host_wake_at: (loop, delay) => {
    if (!fetchLoopWakes.has(loop)) fetchLoopWakes.set(loop, new FetchLoopWakes(() => _fl__host_turn(loop)));
    const wakes = fetchLoopWakes.get(loop);
    if (delay < 0) wakes.never();
    else if (delay === 0) wakes.soon();
    else wakes.after(delay);
  },

  // fl_run() in a process: Ctrl-C cancels the program (a second one kills it), and one that waits when nothing is left
  // that could happen is told so. A page has neither.
  $fetchLoopProgram: '{}',
  fl__host_program_begins__deps: ['$fetchLoopProgram', 'fl__program_interrupt', 'fl__program_is_stuck'],
  fl__host_program_begins: () => {
    if (typeof process !== 'object') return;
    fetchLoopProgram.SIGINT = () => _fl__program_interrupt();
    fetchLoopProgram.beforeExit = () => _fl__program_is_stuck();
    for (const event in fetchLoopProgram) process.once(event, fetchLoopProgram[event]);
  },
  fl__host_program_ends__deps: ['$fetchLoopProgram'],
  fl__host_program_ends: (code) => {
    if (typeof process !== 'object') return;
    for (const event in fetchLoopProgram) process.off(event, fetchLoopProgram[event]);
    if (code) process.exitCode = code;
  },

  // `Module.host` is the JavaScript that made the module, when it is more than a page around a C program.
  fl__host_is_program: () => (Module['host'] ? 0 : 1),
  fl__host_sending__deps: ['$Fetch'],
  fl__host_sending: (session, owner, attempt, resumes, hasBody, again) => {
    XMLHttpRequest.resumes = resumes ? Fetch.xhrs.get(resumes) : null;
    Module['host']?.onSending(session, owner, attempt, hasBody !== 0, again !== 0);
  },

  // What an XMLHttpRequest doesn't say, and fetchloop's own does: fl__xhr_state in fetch.c,
  fl__host_state__deps: ['$Fetch'],
  fl__host_state: (fetchId, out) => {
    const xhr = Fetch.xhrs.get(fetchId);
    const { connected = true, reused = false, paused = false, delivered = false, lastAt = 0 } = xhr;
    const { encodedBytes = 0, responseStatus = 0 } = xhr;
    HEAPF64.set([connected, reused, paused, delivered, lastAt, encodedBytes, responseStatus], out / 8);
  },

  // and why it failed.
  fl__host_error__deps: ['$Fetch', '$fetchLoopPut'],
  fl__host_error: (fetchId, buffer, size) => fetchLoopPut(Fetch.xhrs.get(fetchId).errorCode ?? '', buffer, size),

  // Byte by byte as they came: XMLHttpRequest shows headers as Latin-1.
  $fetchLoopPut: (text, buffer, size) => {
    if (text === null) return -1;
    const copied = Math.min(text.length, size - 1);
    for (let i = 0; i < copied; i++) HEAPU8[buffer + i] = text.charCodeAt(i);
    if (size > 0) HEAPU8[buffer + copied] = 0;
    return text.length;
  },
  fl__host_header__deps: ['$Fetch', '$UTF8ToString', '$fetchLoopPut'],
  fl__host_header: (fetchId, name, buffer, size) =>
    fetchLoopPut(Fetch.xhrs.get(fetchId).getResponseHeader(UTF8ToString(name)), buffer, size),
  fl__host_headers__deps: ['$Fetch', '$fetchLoopPut'],
  fl__host_headers: (fetchId, buffer, size) =>
    fetchLoopPut(Fetch.xhrs.get(fetchId).getAllResponseHeaders(), buffer, size),

  // Of a RateLimit, or whatever may be one. A browser shows of another origin's headers those that it exposes.
  fl__host_has_quota__deps: ['$Fetch'],
  fl__host_has_quota: (fetchId) => {
    const xhr = Fetch.xhrs.get(fetchId);
    return xhr.hasQuota ?? /ratelimit/i.test(xhr.getAllResponseHeaders());
  },

  fl__host_unwanted__deps: ['$Fetch'],
  fl__host_unwanted: (fetchId) => {
    Fetch.xhrs.get(fetchId).unwanted = true;
  },

  // The browser's own XMLHttpRequest can't be resumed.
  fl__host_stop__deps: ['$Fetch'],
  fl__host_stop: (fetchId) => {
    Fetch.xhrs.get(fetchId).stop?.();
  },
  fl__host_join__deps: ['$Fetch'],
  fl__host_join: (fetchId) => {
    Fetch.xhrs.get(fetchId).join?.();
  },

  // The forms of RFC 9110, 5.6.7, of which asctime()'s names no zone. A page has the browser read them: see http_date.c.
  fl__host_date__deps: ['$UTF8ToString'],
  fl__host_date: (at) => {
    const text = UTF8ToString(at).trim();
    const form = /^[a-z]+,? [\w -]+:\d\d:\d\d(?: GMT| UTC|( \d{4}))$/i.exec(text);
    return form ? Date.parse(form[1] ? `${text} GMT` : text) : Number.NaN;
  },

  fl__host_follows_redirects: () => (XMLHttpRequest.followsRedirects === false ? 0 : 1),

  fl__host_on_told__deps: ['$Fetch'],
  fl__host_on_told: (owner, id, error, status, fetchId, ...more) =>
    Module['host'].onTold(owner, id, error, status, Fetch.xhrs.get(fetchId) ?? null, ...more),
  fl__host_on_trace: (...step) => Module['host'].onTrace(...step),
  fl__host_on_request__deps: ['$UTF8ToString'],
  fl__host_on_request: (id, method, url, state, retries, age, attemptAge) => {
    const [methodText, urlText, stateText] = [method, url, state].map((text) => UTF8ToString(text));
    Module['host'].onRequest({ id, method: methodText, url: urlText, state: stateText, retries, age, attemptAge });
  },
  fl__host_on_wants: (owner) => Module['host'].onWants(owner),
  fl__host_on_closed: (session) => Module['host'].onClosed(session),
});
