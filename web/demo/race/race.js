/** @type {import('../main.js').Mount} */
export function mountRace(stage, network) {
  stage.textContent = '';
}
