//! The name of the table, which cannot say anything else.

use std::fmt;

/// Which table holds the records: a name and a schema, `public.second_factor` unless the host says otherwise.
///
/// The table is always named together with its schema, so that no `search_path` decides which one is meant: two processes that look at different
/// tables would each accept a code once.
///
/// ```
/// use second_factor_sqlx::Table;
///
/// # fn main() -> Result<(), second_factor_sqlx::InvalidName> {
/// let table = Table::new("second_factor")?.in_schema("auth")?;
/// assert_eq!(table.to_string(), r#""auth"."second_factor""#);
/// assert!(Table::new("users; DROP TABLE users").is_err());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Table {
    schema: String,
    name: String,
}

/// A name is not taken for a table or a schema: see [`Table::new`].
///
/// ```
/// use second_factor_sqlx::Table;
///
/// /// From the settings of the service; the message tells what a name is.
/// fn table(setting: &str) -> Result<Table, String> {
///     Table::new(setting).map_err(|invalid| format!("SECOND_FACTOR_TABLE: {invalid}"))
/// }
///
/// assert!(table("second-factor").is_err_and(|message| message.contains("underscores")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name is 1 to 48 ASCII letters, digits and underscores, does not begin with a digit, and not with `pg_`"
)]
pub struct InvalidName;

impl Table {
    /// The table of this name, in the schema `public`.
    ///
    /// A name is made of ASCII letters, digits and underscores and does not begin with a digit; it has 48 bytes at most, so that the names of the
    /// indexes still fit into PostgreSQL's 63; and it does not begin with `pg_`, which PostgreSQL keeps for itself. It is quoted:
    /// capital letters are not folded, and words of SQL are as good as others.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] for any other.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        Ok(Self { schema: "public".to_owned(), name: checked(name)? })
    }

    /// The table of this name in another schema. The same rules hold for its name. It has to exist.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] for a name that breaks the rules.
    pub fn in_schema(self, schema: &str) -> Result<Self, InvalidName> {
        Ok(Self { schema: checked(schema)?, ..self })
    }

    /// A statement of ours with the names filled in: `{table}` with its schema, `{name}` as the beginning of an index's name, `{schema}`.
    pub(super) fn fill(&self, sql: &str) -> String {
        sql.replace("{table}", &self.to_string())
            .replace("{name}", &self.name)
            .replace("{schema}", &self.schema)
    }
}

impl Default for Table {
    fn default() -> Self {
        Self { schema: "public".to_owned(), name: "second_factor".to_owned() }
    }
}

/// As it stands in SQL: quoted, with its schema.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#""{}"."{}""#, self.schema, self.name)
    }
}

fn checked(name: &str) -> Result<String, InvalidName> {
    const LONGEST: usize = 48;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // Of PostgreSQL: a table in `pg_temp` would be another one on each connection, and gone with it.
    let reserved = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("pg_"));
    if starts_well && goes_on_well && !reserved && name.len() <= LONGEST {
        Ok(name.to_owned())
    } else {
        Err(InvalidName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_nothing_else() {
        for name in ["second_factor", "_", "A1", "user", "SELECT", "p_g", "pg", &"a".repeat(48)] {
            assert_eq!(
                Table::new(name).unwrap().in_schema(name).unwrap().to_string(),
                format!("\"{name}\".\"{name}\"")
            );
        }
        for name in [
            "",
            "1a",
            "a b",
            "a\"b",
            "a;b",
            "a'b",
            "a.b",
            "a-b",
            "a\0b",
            "ä",
            "aä",
            "$1",
            "a$1",
            "{table}",
            "a\\b",
            "a\n",
            "pg_temp",
            "PG_temp",
            "pg_",
            &"a".repeat(49),
        ] {
            assert_eq!(Table::new(name), Err(InvalidName), "{name:?}");
            assert_eq!(Table::default().in_schema(name), Err(InvalidName), "{name:?}");
        }
    }

    #[test]
    fn index_names_are_quoted_as_the_table_is() {
        let table = Table::new("Factors").unwrap().in_schema("auth").unwrap();
        assert_eq!(
            table.fill("{table} \"{name}_locked\" {schema}"),
            "\"auth\".\"Factors\" \"Factors_locked\" auth"
        );
        assert_eq!(Table::default().to_string(), "\"public\".\"second_factor\"");
    }
}
