//! What is measured, under a name.

use std::hint::black_box;

use criterion::{BatchSize, Bencher};

/// One case of a group.
pub struct Case {
    pub name: String,
    pub measured: Box<dyn FnMut(&mut Bencher<'_>)>,
}

impl Case {
    /// A call that can be made again and again.
    pub fn new<T>(name: impl Into<String>, call: impl Fn() -> T + 'static) -> Self {
        let measured = move |bencher: &mut Bencher<'_>| bencher.iter(|| black_box(call()));
        Self { name: name.into(), measured: Box::new(measured) }
    }

    /// A call that uses something up, which is made anew for each and not measured.
    pub fn using<I, T>(
        name: impl Into<String>,
        make: impl Fn() -> I + 'static,
        call: impl Fn(I) -> T + 'static,
    ) -> Self {
        let measured = move |bencher: &mut Bencher<'_>| {
            bencher.iter_batched(&make, |made| black_box(call(made)), BatchSize::PerIteration);
        };
        Self { name: name.into(), measured: Box::new(measured) }
    }
}

/// A call whose result nobody wants.
pub fn ignore<T>(result: T) {
    black_box(&result);
}
