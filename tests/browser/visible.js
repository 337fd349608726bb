// Returns what a person sees: each piece of text with its box, through all shadow
// roots. `cut` is how far it's hidden by a box that can't be scrolled, px; `outside` how
// far it leaves the window to the right. With an open dialog only what's in it counts.
() => {
  const parentOf = (node) =>
    node.assignedSlot ?? node.parentNode?.host ?? node.parentNode ?? null;
  const dialogs = [];
  const found = [];
  const boxes = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((box) => box.width && box.height);
  };
  const measure = (node) => {
    const text = node.textContent.replace(/\s+/g, " ").trim();
    if (!text) return;
    const parts = boxes(node);
    const parent = parentOf(node);
    if (!parts.length || !(parent instanceof Element)) return;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
      return;
    }
    const left = Math.min(...parts.map((box) => box.left));
    const right = Math.max(...parts.map((box) => box.right));
    if (right <= 0 || left >= innerWidth) return;
    let cut = 0;
    let outside = Math.max(0, right - innerWidth, -left);
    let dialog = null;
    for (let at = parent; at; at = parentOf(at)) {
      if (!(at instanceof Element)) continue;
      if (at.tagName === "DIALOG" || at.tagName === "WA-POPUP") dialog ??= at;
      const { overflowX, display } = getComputedStyle(at);
      if (overflowX === "visible" || display === "contents" || display === "inline") {
        continue;
      }
      const box = at.getBoundingClientRect();
      if (overflowX === "auto" || overflowX === "scroll") outside = 0;
      else if (!cut) cut = Math.max(0, right - box.right - 1, box.left - left - 1);
      if (cut) outside = 0;
    }
    found.push({ text, dialog, cut: Math.round(cut), outside: Math.round(outside) });
  };
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return measure(node);
    if (node.nodeType === Node.DOCUMENT_FRAGMENT_NODE || node instanceof Element) {
      if (["STYLE", "SCRIPT", "TITLE"].includes(node.tagName)) return;
      if (node.tagName === "DIALOG" && node.open) dialogs.push(node);
      if (node.shadowRoot) walk(node.shadowRoot);
      for (const child of node.childNodes) walk(child);
    }
  };
  walk(document.body);
  const top = dialogs.filter((one) => one.getBoundingClientRect().width).pop();
  return found
    .filter((one) => !top || one.dialog)
    .map(({ dialog, ...seen }) => ({ ...seen, in_dialog: dialog !== null }));
};
