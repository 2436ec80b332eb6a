/**
 * An element with its attributes and what is in it. Handlers are attributes, too: `onclick`. What is null or false is left out.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | false)} children
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (typeof value === 'function') made[key] = value;
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return made;
}

/** @param {string} label @param {HTMLElement} control */
export function field(label, control) {
  return element('label', { class: 'field' }, label, control);
}

/** @param {number} milliseconds */
export function secondsText(milliseconds, digits = 2) {
  return `${(milliseconds / 1000).toFixed(digits)} s`;
}

/** As a file. @param {string} name @param {Blob} blob */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
