//! What goes out, and in which shape.

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one, in the order screens list them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name on the command line, in file names and in the log of exports.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// Reads the name.
            pub fn from_text(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

named! {
    /// What goes out.
    Table {
        /// One row per sale, refund or void.
        Sales => "sales",
        /// One row per receipt.
        Receipts => "receipts",
        /// One row per business day and channel.
        Days => "days",
        /// One row per act.
        Journal => "journal",
    }
}

named! {
    /// In which shape.
    Preset {
        /// UTF-8 without BOM, English keys: for programs.
        Csv => "csv",
        /// UTF-8 with BOM, Chinese headers and words: for a double click.
        ExcelZh => "excel_zh",
        /// A workbook with a summary sheet: for people; keeps long numbers whole.
        Xlsx => "xlsx",
        /// QuickBooks Online bank upload: three columns, signed, MM/DD/YYYY.
        Quickbooks => "quickbooks",
        /// Xero bank statement upload, DD/MM/YYYY.
        Xero => "xero",
        /// GnuCash transaction import, several splits per transaction.
        Gnucash => "gnucash",
        /// beancount journal.
        Beancount => "beancount",
        /// Plain-text journal for ledger and hledger.
        Ledger => "ledger",
        /// 金蝶 KIS 专业版 vouchers.
        Kingdee => "kingdee",
        /// 金蝶云星空 vouchers.
        KingdeeCloud => "kingdee_cloud",
        /// 畅捷通 T+ / 好会计 vouchers.
        Yonyou => "yonyou",
        /// 用友 T3 / U8 总账工具: `填制凭证,V800`, GBK.
        YonyouTxt => "yonyou_txt",
    }
}

impl Preset {
    /// True for the shapes of accounting programs, which take [`Table::Days`] only.
    pub const fn is_accounting(self) -> bool {
        !matches!(self, Preset::Csv | Preset::ExcelZh | Preset::Xlsx)
    }

    /// True if this table can go out in this shape.
    pub const fn takes(self, table: Table) -> bool {
        !self.is_accounting() || matches!(table, Table::Days)
    }

    /// How the file's name ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Preset::Csv | Preset::ExcelZh | Preset::Quickbooks | Preset::Xero | Preset::Gnucash => "csv",
            Preset::Xlsx | Preset::Kingdee | Preset::KingdeeCloud | Preset::Yonyou => "xlsx",
            Preset::Beancount => "beancount",
            Preset::Ledger => "journal",
            Preset::YonyouTxt => "txt",
        }
    }

    /// The most lines the program on the other side takes at once, where it says so. A longer range is exported in
    /// pieces. QuickBooks' figure is hearsay; Xero's is from its import help.
    pub const fn most_lines(self) -> Option<u64> {
        match self {
            Preset::Quickbooks | Preset::Xero => Some(1000),
            _ => None,
        }
    }
}

/// The name of a file: `sales_2026-11-20_till1_v2.csv`, with `_to_<last day>` when it spans several and the preset's
/// name when the ending does not tell it.
pub fn file_name(table: Table, preset: Preset, first_day: &str, last_day: &str, till: &str) -> String {
    let plain = |text: &str| -> String {
        let plain = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '-' };
        text.chars().map(plain).take(40).collect()
    };
    let mut name = format!("{}_{}", table.as_str(), plain(first_day));
    if last_day != first_day {
        name.push_str(&format!("_to_{}", plain(last_day)));
    }
    if !till.is_empty() {
        name.push_str(&format!("_{}", plain(till)));
    }
    if !matches!(preset, Preset::Csv | Preset::Xlsx | Preset::Beancount) {
        name.push_str(&format!("_{}", preset.as_str()));
    }
    format!("{name}_v{}.{}", super::COLUMNS_VERSION, preset.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_accounting_takes_days_only() {
        for preset in Preset::ALL {
            assert_eq!(Preset::from_text(preset.as_str()), Some(*preset));
            for table in Table::ALL {
                assert_eq!(Table::from_text(table.as_str()), Some(*table));
                assert_eq!(preset.takes(*table), !preset.is_accounting() || *table == Table::Days);
            }
        }
        assert_eq!(Preset::from_text("CSV"), None);
    }

    #[test]
    fn a_file_name_has_no_path_in_it() {
        let name = |till| file_name(Table::Sales, Preset::Csv, "2026-11-20", "2026-11-20", till);
        assert_eq!(name("till1"), "sales_2026-11-20_till1_v2.csv");
        assert_eq!(name("../一号机"), "sales_2026-11-20_---一号机_v2.csv");
        assert_eq!(
            file_name(Table::Days, Preset::YonyouTxt, "2026-11-01", "2026-11-30", ""),
            "days_2026-11-01_to_2026-11-30_yonyou_txt_v2.txt"
        );
    }
}
