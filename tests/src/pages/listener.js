// Before the page's own scripts: an empty memory, and an ear for every complaint.
(() => {
  localStorage.clear();
  const said = [];
  window.qiantaiSaid = said;
  const word = (what) => (what instanceof Error ? `${what.message} ${what.stack ?? ''}` : String(what));
  for (const level of ['error', 'warn']) {
    const before = console[level].bind(console);
    console[level] = (...all) => {
      said.push(`console.${level}: ${all.map(word).join(' ')}`);
      before(...all);
    };
  }
  // Captured, so that a file that does not load is heard too.
  addEventListener(
    'error',
    (e) => said.push(`error: ${e.message ?? e.target?.src ?? e.target?.href ?? 'a file did not load'}`),
    true,
  );
  addEventListener('unhandledrejection', (e) => said.push(`rejected: ${word(e.reason)}`));
  document.addEventListener('securitypolicyviolation', (e) =>
    said.push(`policy: ${e.violatedDirective} ${e.blockedURI}`),
  );
  let changed = performance.now();
  new MutationObserver(() => (changed = performance.now())).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
  window.qiantaiQuietFor = () => performance.now() - changed;
})();
