// The report form: choosing one ID means that one instead of another, and new menus stand where the old ones stood.
"use strict";

const menus = document.getElementById("menus");
let stood = null;

// Before htmx asks: what the choice takes the place of goes.
menus?.addEventListener("change", (event) => {
  const instead = event.target.checked && event.target.dataset.instead;
  for (const name of instead ? instead.split(" ") : []) {
    const other = menus.querySelector(`[name="dimensions"][value="${CSS.escape(name)}"]`);
    if (other && other !== event.target) other.checked = false;
  }
}, true);

function placeOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  return element.name ? `[name="${CSS.escape(element.name)}"][value="${CSS.escape(element.value)}"]` : null;
}

function standing() {
  const focused = menus.contains(document.activeElement) ? document.activeElement : null;
  return {
    open: new Map([...menus.querySelectorAll("details[id]")].map((one) => [one.id, one.open])),
    scrolled: new Map([...menus.querySelectorAll(".framed")].map((one) => [one.id, one.scrollTop])),
    searched: menus.querySelector("input[type=search]")?.value ?? "",
    focused: focused && placeOf(focused),
    typed: focused?.matches("input:not([type=checkbox]):not([type=radio])") ? focused.value : null,
    top: window.scrollY,
  };
}

function restore(before) {
  const search = menus.querySelector("input[type=search]");
  if (search && before.searched) {
    search.value = before.searched;
    search.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const [id, open] of before.open) {
    const one = document.getElementById(id);
    if (one) one.open = open;
  }
  for (const [id, top] of before.scrolled) {
    const one = document.getElementById(id);
    if (one) one.scrollTop = top;
  }
  const focused = before.focused && menus.querySelector(before.focused);
  if (focused) {
    if (before.typed !== null) focused.value = before.typed;
    focused.focus({ preventScroll: true });
  }
  window.scrollTo({ top: before.top });
}

document.addEventListener("htmx:before:swap", (event) => {
  if (menus && event.target === menus) stood = standing();
});
document.addEventListener("htmx:after:swap", (event) => {
  if (menus && event.target === menus && stood) restore(stood);
});

const look = document.getElementById("look");
look?.addEventListener("htmx:before:request", () => {
  document.getElementById("preview").setAttribute("aria-busy", "true");
});
look?.addEventListener("htmx:finally:request", () => {
  document.getElementById("preview").removeAttribute("aria-busy");
});
