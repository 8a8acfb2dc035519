// Makes the first account. The one-time token comes in the address's fragment, which no server and no log ever sees.

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const form = document.getElementById("first-user");
const trouble = document.getElementById("trouble");

const show = (element, visible) => {
  element.hidden = !visible;
};

const complain = (sentence) => {
  trouble.textContent = sentence;
  show(trouble, true);
};

const sentencesOf = (problem) =>
  problem.errors?.map(({ field, sentence }) => `${field}: ${sentence}`).join(" ") ?? problem.detail;

const makeAccount = async (event) => {
  event.preventDefault();
  show(trouble, false);
  const button = form.querySelector("button");
  const said = Object.fromEntries(new FormData(form));
  button.disabled = true;
  try {
    const answer = await fetch("/api/v1/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, email: said.email, password: said.password, name: said.name.trim() || null }),
    });
    const told = await answer.json();
    if (!answer.ok) {
      complain(sentencesOf(told));
      return;
    }
    document.getElementById("secret").textContent = told.secret;
    form.reset();
    show(form, false);
    const welcome = document.getElementById("welcome");
    show(welcome, true);
    welcome.focus();
  } catch {
    complain("The archive cannot be reached. Is it still running?");
  } finally {
    button.disabled = false;
  }
};

const copySecret = async ({ target }) => {
  try {
    await navigator.clipboard.writeText(document.getElementById("secret").textContent);
    target.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(document.getElementById("secret"));
  }
};

form.addEventListener("submit", makeAccount);
document.getElementById("copy").addEventListener("click", copySecret);
if (token) {
  show(document.getElementById("no-link"), false);
  show(form, true);
  form.querySelector("input").focus();
}
