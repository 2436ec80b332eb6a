/**
 * What hands do to a waterfall, by mouse, touch and keys, told in its own words.
 * @param {HTMLElement} element
 * @param {object} on
 * @param {(factor: number, x?: number) => void} on.zoom at a place in pixels
 * @param {(share: number) => void} on.pan
 * @param {(x: number, y: number) => void} on.hover
 * @param {() => void} on.leave
 * @param {(x: number, y: number) => void} on.press
 * @param {(x: number, y: number) => void} on.pressTwice
 * @param {Record<string, () => void>} on.keys
 * @param {AbortSignal} signal ends it
 */
export function listen(element, on, signal) {
  const add = (type, listener, options) => element.addEventListener(type, listener, { signal, ...options });
  const placeOf = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  add('wheel', (event) => onWheel(event, element, on, placeOf), { passive: false });
  add('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !on.keys[event.key]) return;
    event.preventDefault();
    on.keys[event.key]();
  });
  add('dblclick', (event) => on.pressTwice(...placeOf(event)));
  add('pointerleave', () => on.leave());
  drag(element, on, add, placeOf);
}

function onWheel(event, element, on, placeOf) {
  const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (event.ctrlKey || event.metaKey) on.zoom(Math.exp(-event.deltaY / 300), placeOf(event)[0]);
  else if (isSideways) on.pan((event.deltaX || event.deltaY) / element.clientWidth);
  else return; // the browser scrolls
  event.preventDefault();
}

/** One pointer pans, two zoom; one that has not moved has pressed. */
function drag(element, on, add, placeOf) {
  const pointers = new Map();
  let moved = false;
  const gap = () => {
    const [a, b] = [...pointers.values()];
    return Math.max(Math.abs(a[0] - b[0]), 10);
  };
  add('pointerdown', (event) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, placeOf(event));
    moved = pointers.size > 1;
  });
  add('pointermove', (event) => {
    const place = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) return on.hover(...place);
    const dx = place[0] - before[0];
    if (!moved && Math.abs(dx) < 4) return undefined;
    if (!moved) element.setPointerCapture(event.pointerId);
    moved = true;
    const gapBefore = pointers.size > 1 ? gap() : 0;
    pointers.set(event.pointerId, place);
    if (pointers.size > 1) on.zoom(gap() / gapBefore, place[0]);
    else on.pan(-dx / element.clientWidth);
    return undefined;
  });
  const end = (event) => {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (place && !moved && event.type === 'pointerup') on.press(...placeOf(event));
  };
  add('pointerup', end);
  add('pointercancel', end);
}
