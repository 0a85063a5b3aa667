//! Resolves the paths that the sources name to modules, and says where one points the wrong way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    files::Files,
    scan::{Scan, scan},
};

/// The layers of the design, the lowest first. A module may name modules of lower layers, and of its own if no cycle comes of it.
const LAYERS: &[&[&str]] = &[
    &["primitives"],
    &["account", "action", "assurance", "device", "event", "factor", "policy", "refusal", "summary", "user"],
    &["record"],
    &["clock", "directory", "error", "notify", "store"],
    &["administration", "blocking", "guide", "memory", "testing", "verifier"],
];

/// The names of the modules from the root of the crate: `record`, `verify`. Empty for the root itself.
type Module = Vec<String>;

/// Everything that is wrong with the layers of a crate.
pub fn complaints(files: &Files) -> Vec<String> {
    let mut sources = Sources::default();
    sources.walk(files, "lib.rs".to_owned(), Module::new());
    sources.report_unknown_files(files);
    let edges = sources.edges();
    sources.report_upward(&edges);
    sources.report_cycles(&edges);
    sources.complaints
}

#[derive(Default)]
struct Sources {
    /// Every file that the compiler reads outside of tests, with its module.
    scans: Vec<(String, Module, Scan)>,
    modules: BTreeSet<Module>,
    /// The names that `use` binds in each module, with the paths they stand for.
    bound: BTreeMap<(Module, String), Vec<String>>,
    test_files: Vec<String>,
    complaints: Vec<String>,
}

/// A module names another one.
struct Edge {
    from: Module,
    to: Module,
    /// The file, the line and the path as written.
    shown: String,
}

impl Sources {
    /// Follows the declarations of modules, as the compiler does.
    fn walk(&mut self, files: &Files, file: String, module: Module) {
        let scan = scan(&files[&file]);
        self.modules.insert(module.clone());
        for (line, oddity) in &scan.oddities {
            self.complaints.push(format!("{file}:{line}: {oddity} hides what is named"));
        }
        for path in &scan.paths {
            if let Some(name) = &path.bound_as {
                let place = [module.as_slice(), &path.within].concat();
                self.bound.insert((place, name.clone()), path.segments.clone());
            }
        }
        for child in &scan.modules {
            let child_module = [module.as_slice(), &child.within, std::slice::from_ref(&child.name)].concat();
            if child.inline {
                self.modules.insert(child_module);
                continue;
            }
            let stem = child_module.join("/");
            let child_file =
                [format!("{stem}.rs"), format!("{stem}/mod.rs")].into_iter().find(|f| files.contains_key(f));
            match child_file {
                Some(child_file) if child.test_only => self.test_files.push(child_file),
                Some(child_file) => self.walk(files, child_file, child_module),
                None => self.complaints.push(format!("{file}: `mod {}` has no file", child.name)),
            }
        }
        self.scans.push((file, module, scan));
    }

    fn report_unknown_files(&mut self, files: &Files) {
        for file in files.keys() {
            let read = self.scans.iter().any(|(scanned, ..)| scanned == file);
            let in_tests = |tests: &String| file == tests || file.starts_with(&tests.replace(".rs", "/"));
            if !read && !self.test_files.iter().any(in_tests) {
                self.complaints.push(format!("{file}: no module declares it"));
            }
        }
        for (file, module, _) in &self.scans {
            if let [top] = module.as_slice()
                && layer(top).is_none()
            {
                self.complaints.push(format!("{file}: no layer knows the module `{top}`"));
            }
        }
    }

    /// What the modules name, re-exports followed to where they come from. The root is a table of contents and may name all.
    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (file, module, scan) in self.scans.iter().filter(|(_, module, _)| !module.is_empty()) {
            for path in &scan.paths {
                let from = [module.as_slice(), &path.within].concat();
                if let Some(to) = self.resolve(&from, &path.segments, 0) {
                    edges.push(Edge {
                        from,
                        to,
                        shown: format!("{file}:{}: `{}`", path.line, path.segments.join("::")),
                    });
                }
            }
        }
        edges
    }

    /// The module in which a path ends, or nothing if it leads out of the crate.
    fn resolve(&self, from: &[String], segments: &[String], depth: u8) -> Option<Module> {
        let (first, rest) = segments.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => from.to_vec(),
            "super" => parent(from),
            name => self.step(from, name, depth)?,
        };
        for name in rest {
            match name.as_str() {
                "self" => {}
                "super" => at = parent(&at),
                name => match self.step(&at, name, depth) {
                    Some(next) => at = next,
                    None => break,
                },
            }
        }
        Some(at)
    }

    /// Where `name` leads within a module: to a child, or to what a `use` there stands for. Nothing if it is an item.
    fn step(&self, at: &[String], name: &str, depth: u8) -> Option<Module> {
        let child = [at, &[name.to_owned()]].concat();
        if self.modules.contains(&child) {
            return Some(child);
        }
        let path = self.bound.get(&(at.to_vec(), name.to_owned()))?;
        // A name that is bound to itself is that of another crate.
        if depth < 16 { self.resolve(at, path, depth + 1) } else { None }
    }

    fn report_upward(&mut self, edges: &[Edge]) {
        for Edge { from, to, shown } in edges {
            let Some(target) = to.first() else {
                self.complaints.push(format!("{shown} names the root of the crate"));
                continue;
            };
            let (Some(low), Some(high)) = (layer(&from[0]), layer(target)) else { continue };
            if high > low {
                self.complaints.push(format!(
                    "{shown} points up from layer {low} ({}) to layer {high} ({target})",
                    from[0]
                ));
            }
        }
    }

    /// Cycles between siblings, whatever their children name. Parents and children belong together.
    fn report_cycles(&mut self, edges: &[Edge]) {
        let mut siblings: BTreeMap<Module, BTreeMap<String, BTreeMap<String, &str>>> = BTreeMap::new();
        for Edge { from, to, shown } in edges {
            let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            if let (Some(one), Some(other)) = (from.get(common), to.get(common)) {
                let graph = siblings.entry(from[..common].to_vec()).or_default();
                graph.entry(one.clone()).or_default().entry(other.clone()).or_insert(shown);
            }
        }
        for graph in siblings.values() {
            let mut seen = BTreeSet::new();
            for start in graph.keys() {
                if let Some(cycle) = shortest_cycle(graph, start)
                    && seen.insert(cycle.iter().copied().collect::<BTreeSet<&str>>())
                {
                    let hops = cycle.iter().zip(cycle.iter().cycle().skip(1));
                    let shown: Vec<&str> = hops.map(|(a, b)| graph[*a][*b]).collect();
                    self.complaints.push(format!("cycle {}: {}", cycle.join(" → "), shown.join(", ")));
                }
            }
        }
    }
}

fn shortest_cycle<'g>(
    graph: &'g BTreeMap<String, BTreeMap<String, &str>>,
    start: &'g str,
) -> Option<Vec<&'g str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut visited = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in graph.get(*way.last()?).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                return Some(way);
            }
            if visited.insert(next) {
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

/// Counted from 1, as in the design.
fn layer(top: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&top)).map(|index| index + 1)
}

fn parent(module: &[String]) -> Module {
    module.split_last().map_or_else(Module::new, |(_, before)| before.to_vec())
}
