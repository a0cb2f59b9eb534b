//! Counts what looks like a corner mark, before a decoder is let loose: rxing compares every three of its candidates,
//! and a picture of noise holds thousands (measured: two seconds for one look at a megapixel of noise).

use std::collections::HashMap;

use rxing::common::BitMatrix;

/// More corner-like places than this, and the picture is noise at this scale (a real code has 3, a busy photo 40).
pub(super) const NOISE: usize = 80;

/// Places with dark-light-dark-light-dark runs of 1:1:3:1:1 across and down, seen on two rows or more. Stops counting a
/// little above [`NOISE`].
pub(super) fn marks(matrix: &BitMatrix) -> usize {
    let (width, height) = (matrix.getWidth(), matrix.getHeight());
    let mut hits: HashMap<(u32, u32), u8> = HashMap::new();
    let mut places = 0;
    for y in 0..height {
        let mut runs = [0u32; 5];
        let mut dark = false;
        for x in 0..=width {
            if x < width && matrix.get(x, y) == dark {
                runs[4] += 1;
                continue;
            }
            // A run ended at x. Five runs that end in a dark one may be a mark.
            if dark && alike(&runs) {
                let centre = x.saturating_sub(runs[4] + runs[3] + runs[2] / 2 + 1);
                let size: u32 = runs.iter().sum();
                if down(matrix, centre, y, size) {
                    let seen = hits.entry((centre / 4, y / 8)).or_insert(0);
                    *seen = seen.saturating_add(1);
                    places += usize::from(*seen == 2);
                    if places > NOISE {
                        return places;
                    }
                }
            }
            runs.rotate_left(1);
            runs[4] = 1;
            dark = !dark;
        }
    }
    places
}

fn alike(runs: &[u32; 5]) -> bool {
    let sum: u32 = runs.iter().sum();
    // Runs times fourteen against the sum: a module is sum / 7, half a module of play (one and a half in the middle).
    let near = |run: u32, modules: u32| (run * 14).abs_diff(modules * 2 * sum) <= modules * sum;
    sum >= 7 && runs.iter().all(|r| *r > 0) && [1, 1, 3, 1, 1].iter().zip(runs).all(|(m, r)| near(*r, *m))
}

fn down(matrix: &BitMatrix, x: u32, y: u32, size: u32) -> bool {
    let height = matrix.getHeight();
    if !matrix.get(x, y) {
        return false;
    }
    let walk = |up: bool| {
        let mut runs = [0u32; 3];
        let mut at = y;
        for (i, run) in runs.iter_mut().enumerate() {
            let dark = i % 2 == 0;
            while matrix.get(x, at) == dark && *run <= size {
                *run += 1;
                if (up && at == 0) || (!up && at + 1 >= height) {
                    break;
                }
                at = if up { at - 1 } else { at + 1 };
            }
        }
        runs
    };
    let (above, below) = (walk(true), walk(false));
    alike(&[above[2], above[1], above[0] + below[0] - 1, below[1], below[2]])
}
