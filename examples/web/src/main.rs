//! A small service that embeds `second-factor`.
fn main() {}
