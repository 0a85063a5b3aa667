//! Tables of times and their ratios.

/// What was measured, and what it is divided by in each column.
pub struct Row {
    pub what: &'static str,
    pub ns: f64,
    pub ratios: Vec<Option<f64>>,
}

/// Prints a table under a title.
pub fn rows(title: &str, columns: &[&str], rows: &[Row]) {
    print!("\n{title:44}{:>10}", "ns");
    for column in columns {
        print!("{:>16}", format!(": {column}"));
    }
    println!();
    for Row { what, ns, ratios } in rows {
        print!("  {what:42}{ns:>10.0}");
        for ratio in ratios {
            print!("{:>16}", ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")));
        }
        println!();
    }
}
