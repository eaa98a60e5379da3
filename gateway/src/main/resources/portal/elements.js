// Builds elements. Text goes in as text nodes only, so nothing that a contract says can become markup.

/** h('a', {href: '#/', class: 'x', onclick: f}, 'text', child, [more]) */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for drawings. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/** Tells it to screen readers. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

/** Text with `code` and **strong** in it, as contracts and documents have it; anything else stays as it is written. */
export function prose(text) {
  return String(text).split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map(part =>
    part.length > 2 && part[0] === '`' ? h('code', {}, part.slice(1, -1))
      : part.length > 4 && part.startsWith('**') ? h('strong', {}, part.slice(2, -2)) : part);
}

/** A command or a document with a button that copies it. */
export function code(text, label) {
  const button = h('button', {type: 'button', class: 'copy', 'aria-label': `Copy: ${label}`}, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
      say(`Copied: ${label}`);
    } catch {
      button.textContent = 'Select and copy';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
  return h('div', {class: 'code'}, h('pre', {tabindex: '0', 'aria-label': label}, h('code', {}, text)), button);
}

/** 1.2 s, 45 s, 3 min, 2 h, 5 d */
export function duration(millis) {
  if (millis < 10_000) return `${(millis / 1000).toFixed(1)} s`;
  if (millis < 120_000) return `${Math.round(millis / 1000)} s`;
  if (millis < 7_200_000) return `${Math.round(millis / 60_000)} min`;
  if (millis < 172_800_000) return `${Math.round(millis / 3_600_000)} h`;
  return `${Math.round(millis / 86_400_000)} d`;
}
