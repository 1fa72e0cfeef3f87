// Nothing that came over the wire is ever parsed as HTML: elements are made here, text is only ever text.

export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

// Follows the end of a scrolled box, unless its reader has scrolled up.
export function follower(box) {
  let follows = true;
  box.addEventListener("scroll", () => {
    follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  });
  let asked = false;
  return (always = false) => {
    follows ||= always;
    if (!follows || asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      box.scrollTop = box.scrollHeight;
    });
  };
}
