// before the first paint, so that a dark screen does not flash white
(function () {
  var want = null;
  try {
    want = localStorage.getItem('yh-theme');
  } catch (e) {
    want = null;
  }
  var dark = want === 'dark' || (want !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
