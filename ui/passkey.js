// Passkeys in the browser: making one (from a page of NiceGUI), and forms that send one's answer.
window.altaPasskey = {
  possible: () => Boolean(window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON),
  make: async (options) => {
    try {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
      return JSON.stringify((await navigator.credentials.create({ publicKey })).toJSON());
    } catch (error) {
      return "!" + error.name;
    }
  },
  get: async (options) => {
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
      return JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
    } catch (error) {
      return "!" + error.name;
    }
  },
};
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!altaPasskey.possible()) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      const said = form.querySelector("[role=status]");
      said.textContent = "";
      const asked = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
      const answer = asked.ok ? await altaPasskey.get(await asked.text()) : "!";
      button.disabled = false;
      if (answer.startsWith("!")) {
        said.textContent = asked.status === 429 ? "Demasiados intentos. Espera unos minutos." : "No se usó ninguna llave. Prueba otra vez, o entra de otra forma.";
        return;
      }
      form.elements.answer.value = answer;
      form.submit();
    });
  }
});
