/** Elements, made and put in order. */

export function create(tag, className = '', text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Makes `items` the children of `parent`, moving as few as possible: a screen reader hears only what is new. */
export function arrange(parent, items) {
  const wanted = new Set(items);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) child.remove();
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    if (item === next) next = next.nextElementSibling;
    else parent.insertBefore(item, next);
  }
}
