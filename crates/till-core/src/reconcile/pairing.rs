//! Instants and stretches of time, one to one: a largest pairing, and which of it is certain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A line of the statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) place: usize,
    pub(super) at: i64,
}

/// A payment of the till and the time in which it may have been made, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) place: usize,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// Points and stretches of which some are left over, and nothing says which.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) points: Vec<usize>,
    pub(super) stretches: Vec<usize>,
}

/// Who belongs to whom, by place.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// (point, stretch): both have a partner in every largest pairing.
    pub(super) certain: Vec<(usize, usize)>,
    pub(super) open: Vec<Group>,
}

/// A side of the pairing while groups are looked for.
struct Search<'a> {
    points: &'a [Point],
    stretches: &'a [Stretch],
    longest: i64,
    of_point: &'a [Option<usize>],
    of_stretch: &'a [Option<usize>],
}

impl Pairing {
    pub(super) fn solve(mut points: Vec<Point>, mut stretches: Vec<Stretch>) -> Pairing {
        points.sort_by_key(|p| (p.at, p.place));
        stretches.sort_by_key(|s| (s.from, s.to, s.place));
        let mut of_point = vec![None; points.len()];
        let mut of_stretch = vec![None; stretches.len()];
        // In the order of time, each point takes the stretch that ends first: no pairing is larger.
        let mut waiting = BinaryHeap::new();
        let mut next = 0;
        for (p, point) in points.iter().enumerate() {
            while next < stretches.len() && stretches[next].from <= point.at {
                waiting.push(Reverse((stretches[next].to, next)));
                next += 1;
            }
            while let Some(Reverse((to, s))) = waiting.pop() {
                if to >= point.at {
                    (of_point[p], of_stretch[s]) = (Some(s), Some(p));
                    break;
                }
            }
        }
        let longest = stretches.iter().map(|s| s.to - s.from).max().unwrap_or(0);
        let search =
            Search { points: &points, stretches: &stretches, longest, of_point: &of_point, of_stretch: &of_stretch };
        let mut open = search.groups();
        let mut unsure = (vec![false; points.len()], vec![false; stretches.len()]);
        for group in &open {
            group.points.iter().for_each(|p| unsure.0[*p] = true);
            group.stretches.iter().for_each(|s| unsure.1[*s] = true);
        }
        let certain = of_point.iter().enumerate().filter_map(|(p, s)| s.map(|s| (p, s)));
        let certain = certain
            .filter(|(p, s)| !unsure.0[*p] && !unsure.1[*s])
            .map(|(p, s)| (points[p].place, stretches[s].place))
            .collect();
        for group in &mut open {
            group.points.iter_mut().for_each(|p| *p = points[*p].place);
            group.stretches.iter_mut().for_each(|s| *s = stretches[*s].place);
            group.points.sort_unstable();
            group.stretches.sort_unstable();
        }
        Pairing { certain, open }
    }
}

impl Search<'_> {
    fn points_in(&self, s: usize) -> std::ops::Range<usize> {
        let stretch = &self.stretches[s];
        let first = self.points.partition_point(|p| p.at < stretch.from);
        first..self.points.partition_point(|p| p.at <= stretch.to)
    }

    fn stretches_over(&self, p: usize) -> impl Iterator<Item = usize> {
        let at = self.points[p].at;
        let first = self.stretches.partition_point(|s| s.from < at - self.longest);
        let end = self.stretches.partition_point(|s| s.from <= at);
        (first..end).filter(move |s| self.stretches[*s].to >= at)
    }

    /// From everyone without a partner, along pairs that could be swapped: all that is reached could be the one without.
    /// Those reached from a point and those reached from a stretch never meet: there would be a larger pairing.
    fn groups(&self) -> Vec<Group> {
        let mut all = Union::new(self.points.len() + self.stretches.len());
        let node = |s: usize| self.points.len() + s;
        let mut seen_s: Vec<bool> = self.of_stretch.iter().map(Option::is_none).collect();
        let mut stack: Vec<usize> = (0..seen_s.len()).filter(|s| seen_s[*s]).collect();
        // Points up to the next one that is not yet joined with the one after it: each is joined and passed once.
        let mut joined = Union::new(self.points.len() + 1);
        while let Some(s) = stack.pop() {
            let inside = self.points_in(s);
            if inside.is_empty() {
                continue;
            }
            all.join(node(s), inside.start);
            let mut p = inside.start;
            loop {
                if let Some(partner) = self.of_point[p]
                    && !seen_s[partner]
                {
                    seen_s[partner] = true;
                    stack.push(partner);
                }
                let last = joined.first(p);
                if last + 1 >= inside.end {
                    break;
                }
                all.join(last, last + 1);
                joined.join_forward(last, last + 1);
                p = last + 1;
            }
        }
        let mut seen_p: Vec<bool> = self.of_point.iter().map(Option::is_none).collect();
        let mut stack: Vec<usize> = (0..seen_p.len()).filter(|p| seen_p[*p]).collect();
        while let Some(p) = stack.pop() {
            for s in self.stretches_over(p) {
                all.join(p, node(s));
                if let Some(partner) = self.of_stretch[s]
                    && !seen_p[partner]
                {
                    seen_p[partner] = true;
                    stack.push(partner);
                }
            }
        }
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for n in 0..self.points.len() + self.stretches.len() {
            let first = all.first(n);
            let group = groups.entry(first).or_insert_with(|| Group { points: Vec::new(), stretches: Vec::new() });
            if n < self.points.len() { group.points.push(n) } else { group.stretches.push(n - self.points.len()) }
        }
        // Alone in its time: certainly left over, and no question.
        groups.into_values().filter(|g| !g.points.is_empty() && !g.stretches.is_empty()).collect()
    }
}

/// Disjoint sets of numbers.
struct Union {
    up: Vec<usize>,
}

impl Union {
    fn new(many: usize) -> Union {
        Union { up: (0..many).collect() }
    }

    /// The one that stands for its set: the lowest joined by `join`, the end of a run joined by `join_forward`.
    fn first(&mut self, mut n: usize) -> usize {
        while self.up[n] != n {
            self.up[n] = self.up[self.up[n]];
            n = self.up[n];
        }
        n
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.up[a.max(b)] = a.min(b);
    }

    fn join_forward(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.up[a] = b;
    }
}
