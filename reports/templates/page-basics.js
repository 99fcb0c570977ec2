// Parts that every script of the page uses.
const byId = (id) => document.getElementById(id);

const readJson = (id) => (byId(id) ? JSON.parse(byId(id).textContent) : null);

// An element with attributes and content; content is text or nodes, never markup.
const element = (tag, attributes = {}, ...content) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const MINUS = "\u2212";

// A difference with its sign, as the tables of the page have it.
const signed = (value, digits) => {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return `\u00b1${text}`;
  return `${value > 0 ? "+" : MINUS}${text}`;
};

// A figure with a minus sign in place of a hyphen.
const plain = (value, digits) => value.toFixed(digits).replace("-", MINUS);

// Told to those who do not see what has changed.
const say = (text) => {
  const said = byId("said");
  said.textContent = "";
  setTimeout(() => (said.textContent = text), 30);
};

// Once, when an element comes near the window, or before the page is printed.
const whenNear = (target, action) => {
  let done = false;
  const once = () => {
    if (!done) action();
    done = true;
  };
  addEventListener("beforeprint", once);
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      observer.disconnect();
      once();
    }
  }, { rootMargin: "800px" }).observe(target);
  return once;
};

document.documentElement.classList.add("scripted");
