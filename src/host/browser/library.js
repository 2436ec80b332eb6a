/* The JavaScript half of fetch.c beside it, for emcc's --js-library. */
addToLibrary({
  // Emscripten's own tries three sizes.
  emscripten_resize_heap: (bytes) => {
    const had = wasmMemory.buffer.byteLength;
    try {
      wasmMemory.grow(Math.ceil((Math.max(bytes >>> 0, had * 1.2) - had) / 65536));
    } catch {
      return 0;
    }
    updateMemoryViews();
    return 1;
  },

  // Emscripten's own takes a length, too. Of NULL ''.
  $UTF8ToString__deps: ['$UTF8Decoder'],
  $UTF8ToString: (at) => UTF8Decoder.decode(HEAPU8.subarray(at, at && HEAPU8.indexOf(0, at))),

  /* By id, as in Emscripten's own, which ../library.js reads too. */
  $Fetch: '{ xhrs: new Map(), made: 0 }',

  fl__fetch_start__deps: ['$Fetch', '$UTF8ToString', 'fl__fetch_report'],
  fl__fetch_start: (fetch, method, url, headers) => {
    const xhr = new XMLHttpRequest();
    const id = ++Fetch.made;
    Fetch.xhrs.set(id, xhr);
    // Of one that has been closed nothing is told any more.
    const report = (ended) => {
      if (Fetch.xhrs.has(id)) _fl__fetch_report(fetch, xhr.readyState, xhr.status, ended);
    };
    xhr.onload = xhr.onerror = () => report(true);
    xhr.onreadystatechange = () => report(false);
    xhr.open(UTF8ToString(method), UTF8ToString(url));
    xhr.responseType = 'arraybuffer';
    for (let at = headers / 4; at && HEAPU32[at]; at += 2) {
      xhr.setRequestHeader(UTF8ToString(HEAPU32[at]), UTF8ToString(HEAPU32[at + 1]));
    }
    xhr.send(null);
    return id;
  },

  fl__fetch_free__deps: ['$Fetch'],
  fl__fetch_free: (id) => {
    const xhr = Fetch.xhrs.get(id);
    Fetch.xhrs.delete(id);
    if (xhr.readyState > 0 && xhr.readyState < 4) xhr.abort();
  },
});
