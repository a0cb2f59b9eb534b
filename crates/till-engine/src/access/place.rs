//! The table of who may do what once the till is guarded. Both matches name every verb: a new one does not compile
//! until somebody has placed it.

use crate::api::{BulkAct, CashKind, ExportTable, Request, Role, Settings};

/// What a verb needs on a guarded till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nobody signed in: what the lock screen and the counter screen show, without money.
    Nobody,
    /// Somebody of at least this rank, or the approval of one.
    Rank(Role),
    /// The owner's figures must be uncovered.
    Figures,
}

/// `now` are the settings in use.
pub(crate) fn need(request: &Request, now: &Settings) -> Need {
    use Need::{Figures, Nobody, Rank};
    use Request::*;
    use Role::{Cashier, Manager, Owner};
    match request {
        Session {} | SignIn { .. } | Lock {} | Cover {} | Display {} | DisplayLink {} | Health {} | Settings {} => {
            Nobody
        }

        RingUp { .. } | PriceSale { .. } | SellCash { .. } | TakeCash { .. } | Cancel { .. } => Rank(Cashier),
        ConfirmByHand { .. } | RingAgain { .. } | Show { .. } | ShowCart { .. } | Ticket { .. } => Rank(Cashier),
        Waiting {} | Tickets { .. } | Today {} | Park { .. } | Parked {} | Unpark { .. } | Items {} => Rank(Cashier),
        Timeline { .. } | NotReceived { .. } | PracticePay { .. } | Touch {} => Rank(Cashier),

        Inbox { .. } | InboxItem { .. } | Accept { .. } | OpenSale { .. } => Rank(Cashier),
        MarkItem { .. } => Rank(Manager),
        Ignore { .. } => Rank(Owner),
        InboxBulk { act, .. } => match act {
            BulkAct::Accept {} | BulkAct::OpenSale {} | BulkAct::Mark { .. } => Rank(Manager),
            BulkAct::Ignore { .. } => Rank(Owner),
        },

        InspectPicture { .. } | InspectPayload { .. } | Accounts {} | Devices {} | Refused { .. } => Rank(Cashier),
        Rules {} | ReadNotice { .. } => Rank(Cashier),
        AddCode { .. } | UpdateAccount { .. } | RemoveCode { .. } => Rank(Owner),
        // Pairing shows a phone's key.
        AddDevice { .. } | Pairing { .. } | RevokeDevice { .. } | UpdateDevice { .. } => Rank(Owner),
        // The loudness of the room is the business of whoever stands in it.
        SaveSettings { settings, .. } if only_comfort(now, settings) => Rank(Cashier),
        SaveSettings { .. } | RenewDisplayLink { .. } | ReplayRules { .. } => Rank(Owner),
        SaveItems { .. } => Rank(Manager),

        Totals { .. } | SalesIndex { .. } | SalesRows { .. } | SearchSales { .. } | Exports { .. } => Figures,
        Export { table, .. } => match table {
            ExportTable::Sales | ExportTable::Receipts | ExportTable::Days => Rank(Manager),
            ExportTable::Journal => Rank(Owner),
        },
        // Whoever was allowed an export follows it to its end.
        ExportJob { .. } | CancelExport { .. } => Rank(Cashier),
        Refund { .. } => Rank(Manager),

        Shift {} | OpenShift { .. } | CloseShift { .. } | Shifts { .. } => Rank(Cashier),
        MoveCash { kind, .. } => match kind {
            CashKind::In => Rank(Cashier),
            CashKind::Out => Rank(Manager),
        },
        DayReport { .. } | CloseDay { .. } | ZReports { .. } | ZReport { .. } => Rank(Manager),

        ImportStatement { .. } | Statements { .. } | Statement { .. } => Rank(Manager),
        AttachLine { .. } | OpenLine { .. } | SettleLine { .. } => Rank(Manager),

        Programs {} | ProgramOrders { .. } | SendAgain { .. } => Rank(Manager),
        // A secret is shown, or a stranger's server is called.
        AddProgram { .. } | UpdateProgram { .. } | RenewProgram { .. } | RevokeProgram { .. } => Rank(Owner),
        TestProgram { .. } => Rank(Owner),

        Scan { .. } | StopScan { .. } | AskTrade { .. } | TradeOfItem { .. } => Rank(Cashier),
        ReturnItem { .. } | FetchBill { .. } => Rank(Manager),
        // Keys are seen or made, or the way of the money is changed.
        Gateways {} | InspectKey { .. } | MakeKeyPair {} | TestGateway { .. } => Rank(Owner),
        AddGateway { .. } | UpdateGateway { .. } | EndGateway { .. } => Rank(Owner),
        SetPassphrase { .. } | ForgetPassphrase { .. } => Rank(Owner),
        // The passphrase is the proof; whoever opens the shop in the morning may have been told it.
        UnlockContracts { .. } => Rank(Cashier),

        Approve { .. } | Reveal { .. } => Rank(Cashier),
        People {} | AddStaff { .. } | UpdateStaff { .. } | Journal { .. } | CheckJournal {} => Rank(Owner),
        BackUp { .. } | Backups {} | CheckBackup { .. } | Restore { .. } | CancelRestore { .. } => Rank(Owner),
    }
}

/// True if nothing but sound and colours differs.
fn only_comfort(now: &Settings, new: &Settings) -> bool {
    let comfort = Settings { sound: new.sound, volume: new.volume, theme: new.theme, ..now.clone() };
    comfort == *new
}

/// True for what only a person's key or touch causes. What a screen asks for by itself, on a timer or after an event,
/// must not keep the till open.
pub(crate) fn by_a_person(request: &Request) -> bool {
    use Request::*;
    match request {
        Session {} | Lock {} | Cover {} | Display {} | DisplayLink {} | Health {} | Settings {} => false,
        Ticket { .. } | Waiting {} | Tickets { .. } | Today {} | Parked {} | Items {} => false,
        Inbox { .. } | InboxItem { .. } | Accounts {} | Devices {} | Pairing { .. } | Refused { .. } | Rules {} => {
            false
        }
        Totals { .. } | SalesIndex { .. } | SalesRows { .. } | Timeline { .. } | Exports { .. } => false,
        ExportJob { .. } | NotReceived { .. } => false,
        Shift {} | Shifts { .. } | DayReport { .. } | ZReports { .. } | ZReport { .. } | People {} => false,
        Programs {} | ProgramOrders { .. } | Gateways {} | TradeOfItem { .. } => false,
        Journal { .. } | Statements { .. } | Statement { .. } | Backups {} => false,

        RingUp { .. } | PriceSale { .. } | SellCash { .. } | TakeCash { .. } | Cancel { .. } => true,
        ConfirmByHand { .. } | RingAgain { .. } | Show { .. } | ShowCart { .. } | Park { .. } | Unpark { .. } => true,
        SaveItems { .. } | Accept { .. } | OpenSale { .. } | Ignore { .. } | MarkItem { .. } | InboxBulk { .. } => true,
        InspectPicture { .. } | InspectPayload { .. } | AddCode { .. } | UpdateAccount { .. } => true,
        RemoveCode { .. } | AddDevice { .. } | RevokeDevice { .. } | UpdateDevice { .. } => true,
        SaveSettings { .. } | RenewDisplayLink { .. } | ReadNotice { .. } | ReplayRules { .. } => true,
        SearchSales { .. } | Refund { .. } | OpenShift { .. } | MoveCash { .. } | CloseShift { .. } => true,
        AddProgram { .. } | UpdateProgram { .. } | RenewProgram { .. } | RevokeProgram { .. } => true,
        TestProgram { .. } | SendAgain { .. } => true,
        InspectKey { .. } | MakeKeyPair {} | AddGateway { .. } | UpdateGateway { .. } | EndGateway { .. } => true,
        SetPassphrase { .. } | UnlockContracts { .. } | ForgetPassphrase { .. } => true,
        TestGateway { .. } | Scan { .. } | StopScan { .. } | AskTrade { .. } | ReturnItem { .. } | FetchBill { .. } => {
            true
        }
        CloseDay { .. } | SignIn { .. } | Approve { .. } | Reveal { .. } => true,
        AddStaff { .. } | UpdateStaff { .. } | CheckJournal {} | Export { .. } | CancelExport { .. } => true,
        ImportStatement { .. } | AttachLine { .. } | OpenLine { .. } | SettleLine { .. } => true,
        BackUp { .. } | CheckBackup { .. } | Restore { .. } | CancelRestore { .. } | PracticePay { .. } | Touch {} => {
            true
        }
    }
}
