import { kindOf } from '../common/kind-of.js';

/** Whatever belongs to a loop is given that first. @param {import('./event-loop.js').Loop} loop */
export function bridgeOf(loop) {
  if (!loop?.bridge) throw new TypeError(`its loop comes first, which EventLoop.open() gives, not ${kindOf(loop)}`);
  return loop.bridge;
}
