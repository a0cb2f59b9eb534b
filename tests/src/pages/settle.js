// arguments: what must be on the screen (a selector), whether the fake till plays a script, ms of patience, done.
const [expected, plays, patience, done] = arguments;
/** A ring that counts down never rests: after this long it is taken as it is. */
const RESTLESS_MS = 600;
const began = performance.now();
let since = null;
const look = () => {
  const waited = performance.now() - began;
  const wanted = document.querySelector(expected);
  const played = !plays || document.documentElement.dataset.played === 'yes';
  if (!played || !wanted?.checkVisibility({ visibilityProperty: true })) since = null;
  else since ??= waited;
  const moving = document
    .getAnimations()
    .some((a) => a.playState === 'running' && (a.effect?.getComputedTiming().endTime ?? Infinity) < 3000);
  const rests = !moving && window.qiantaiQuietFor() > 120;
  if (since !== null && (rests || waited - since > RESTLESS_MS)) return document.fonts.ready.then(() => done(null));
  if (waited > patience) return done(played ? `no ${expected} on the screen` : 'the script of the state did not end');
  setTimeout(look, 30);
};
look();
