//! What the readers say, as the store keeps it.

use till_books::statement::{Coverage, Direction, Kind, Line, Precision, Statement};
use till_store::{NewStatement, NewStatementLine};

fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Full => "full",
        Coverage::Left => "left",
        Coverage::Unknown => "unknown",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Receipt => "receipt",
        Kind::MaybeReceipt => "maybe_receipt",
        Kind::Unsettled => "unsettled",
        Kind::Settlement => "settlement",
        Kind::Out => "out",
        Kind::Refund => "refund",
        Kind::Pending => "pending",
        Kind::FailedRefund => "failed_refund",
        Kind::Fee => "fee",
        Kind::FeeBack => "fee_back",
        Kind::Withdrawal => "withdrawal",
        Kind::Neutral => "neutral",
        Kind::Closed => "closed",
        Kind::Revoked => "revoked",
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
        Direction::None => "none",
    }
}

fn precise(precision: Precision) -> &'static str {
    match precision {
        Precision::Second => "second",
        Precision::Minute => "minute",
        Precision::Day => "day",
    }
}

fn line(line: Line) -> NewStatementLine {
    NewStatementLine {
        key: line.key,
        at: line.at_ms,
        precise: precise(line.precision),
        amount: line.amount,
        ticket_amount: line.ticket_amount,
        kind: kind(line.kind),
        way: way(line.direction),
        channel_id: line.channel_id,
        entry_id: line.entry_id,
        order_no: line.order_no,
        refund_no: line.refund_no,
        original_id: line.original_id,
        counterparty: line.counterparty,
        note: line.note,
        status: line.status,
        type_text: line.type_text,
        fee: line.fee,
        net: line.net,
    }
}

pub(super) fn new_statement(
    statement: Statement,
    request_id: String,
    actor: String,
    at: i64,
    sha256: [u8; 32],
    name: String,
) -> NewStatement {
    NewStatement {
        request_id,
        actor,
        at,
        sha256,
        name,
        format: statement.format.as_str(),
        channel: statement.channel,
        account: statement.account,
        from_at: statement.from_ms,
        to_at: statement.to_ms,
        exported_at: statement.exported_at_ms,
        receipts: coverage(statement.covers.receipts),
        refunds: coverage(statement.covers.refunds),
        declared: serde_json::to_string(&statement.declared).unwrap_or_else(|_| "[]".to_owned()),
        notes: serde_json::to_string(&statement.notes).unwrap_or_else(|_| "[]".to_owned()),
        lines: statement.lines.into_iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_one_the_store_reads_back_and_the_one_the_readers_serialise() {
        use Kind::*;
        let kinds = [
            Receipt,
            MaybeReceipt,
            Unsettled,
            Settlement,
            Out,
            Refund,
            Pending,
            FailedRefund,
            Fee,
            FeeBack,
            Withdrawal,
            Neutral,
            Closed,
            Revoked,
        ];
        assert_eq!(kinds.map(kind), till_store::LINE_KINDS);
        for one in kinds {
            assert_eq!(serde_json::to_value(one).unwrap(), kind(one));
        }
        assert_eq!([Direction::In, Direction::Out, Direction::None].map(way), till_store::LINE_WAYS);
        assert_eq!([Precision::Second, Precision::Minute, Precision::Day].map(precise), till_store::LINE_PRECISIONS);
    }
}
