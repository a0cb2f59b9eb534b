// arguments: what must be on the screen (a selector), whether the fake till plays a script, ms of patience, done.
const [expected, plays, patience, done] = arguments;
const began = performance.now();
let quietSince = 0;
const look = () => {
  const waited = performance.now() - began;
  const wanted = document.querySelector(expected);
  const played = !plays || document.documentElement.dataset.played === 'yes';
  const there = played && !!wanted && wanted.checkVisibility({ visibilityProperty: true });
  const moving = document
    .getAnimations()
    .some((a) => a.playState === 'running' && Number.isFinite(a.effect?.getComputedTiming().endTime ?? Infinity));
  if (there && quietSince === 0) quietSince = waited;
  if (!there) quietSince = 0;
  // A clock on the screen never rests: after a second it is drawn as it is.
  const rests = window.qiantaiQuietFor() > 120 || waited - quietSince > 1000;
  if (there && rests && !moving) return document.fonts.ready.then(() => done(null));
  if (waited > patience) return done(played ? `no ${expected} on the screen` : 'the script of the state did not end');
  setTimeout(look, 30);
};
look();
