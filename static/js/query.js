// Completion of the query box: words, operators, values and connectives, from the schema that the page carries.
const TOKEN = /"(?:[^"\\]|\\.)*"?|[A-Za-z_][\w.]*|!=|>=|<=|!~|[=<>~(),]|[\d.-]+/g;
const CONNECTIVES = [["and", "both hold"], ["or", "one of them holds"]];
const OPERATORS = {
  "=": "is", "!=": "is not", ">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "~": "contains", "!~": "does not contain",
  in: "is one of", "not in": "is none of", startswith: "begins with", endswith: "ends with", "not startswith": "does not begin with", "not endswith": "does not end with",
};

function startCompletion(field) {
  const schema = JSON.parse(document.getElementById(field.dataset.querySchema).textContent);
  const words = schema.models[schema.current_model];
  const list = document.createElement("ul");
  list.className = "completions";
  list.id = `${field.id}-completions`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What may come next");
  field.after(list);
  const marks = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(marks)) field.setAttribute(name, value);
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function show() {
    const { begun, offers } = offersFor(field.value.slice(0, field.selectionStart), words);
    list.replaceChildren(...offers.slice(0, 40).map(([text, meaning], place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.dataset.text = text;
      item.dataset.begun = begun.length;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const name = document.createElement("code");
      name.textContent = text;
      const note = document.createElement("span");
      note.textContent = meaning;
      item.append(name, note);
      return item;
    }));
    if (!list.children.length) return close();
    list.hidden = false;
    chosen = -1;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    chosen = (place + list.children.length) % list.children.length;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function take(item) {
    const caret = field.selectionStart;
    const head = field.value.slice(0, caret - Number(item.dataset.begun)) + item.dataset.text;
    const tail = field.value.slice(caret).replace(/^[\w"]*/, "");
    field.value = `${head}${item.dataset.text === "(" || tail.startsWith(" ") ? "" : " "}${tail}`;
    field.setSelectionRange(head.length + 1, head.length + 1);
    field.focus();
    show();
  }

  field.addEventListener("input", show);
  field.addEventListener("click", show);
  field.addEventListener("blur", () => setTimeout(close, 150));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp" && (list.hidden || chosen < 0)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) show();
      if (!list.hidden) choose(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      take(list.children[chosen]);
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(item);
  });
  if (field.dataset.errorAt) {
    field.focus();
    field.setSelectionRange(Number(field.dataset.errorAt) - 1, Number(field.dataset.errorAt) - 1);
  }
}

// What is begun before the caret, and what may stand there: [text, meaning].
function offersFor(text, words) {
  const tokens = text.match(TOKEN) || [];
  const begun = /[\w"'.]$/.test(text) && tokens.length && text.endsWith(tokens.at(-1)) && !/[=<>~(),]$/.test(text) ? tokens.pop() : "";
  const fits = (offers) => ({ begun, offers: offers.filter(([offer]) => offer.toLowerCase().includes(begun.toLowerCase()) && offer !== begun) });
  const last = tokens.at(-1);
  const place = tokens.findLastIndex((token, number) => token in words && !isAfterOperator(tokens, number));
  const field = words[tokens[place]];
  const after = tokens.slice(place + 1);
  if (!last || last === "and" || last === "or" || (last === "(" && !isInList(tokens))) {
    return fits(Object.entries(words).map(([name, word]) => [name, word.meaning]));
  }
  if (!field) return { begun, offers: [] };
  if (!after.length || (after.length === 1 && after[0] === "not")) {
    const given = after.length ? field.operators.filter((name) => name.startsWith("not ")).map((name) => name.slice(4)) : field.operators;
    return fits(given.map((name) => [name, OPERATORS[name] || ""]));
  }
  const isList = after.includes("in");
  if (isList && last === "in") return fits([["(", "a list begins"]]);
  if ((isList && (last === "(" || last === ",")) || (!isList && after.at(-1) in OPERATORS)) return fits(valuesOf(field));
  if (isList && last !== ")") return fits([[",", "another"], [")", "the list ends"]]);
  return fits(CONNECTIVES);
}

function isAfterOperator(tokens, number) {
  return number > 0 && tokens[number - 1] in OPERATORS;
}

function isInList(tokens) {
  return tokens.at(-2) === "in";
}

function valuesOf(field) {
  const values = field.type === "bool" ? [["True", "it holds"], ["False", "it does not"]] : (field.options || []).map((one) => [`"${one}"`, ""]);
  return field.nullable ? [...values, ["None", "nothing stands there"]] : values;
}

for (const field of document.querySelectorAll("[data-query-schema]")) startCompletion(field);
