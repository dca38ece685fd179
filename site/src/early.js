// Before anything is painted: the theme that was chosen last, else the system's.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("netflix-theme");
  } catch (error) {
    // A page of a file may have no storage.
  }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
})();
