import type { ApiError, DisplayState, Event, Replies, Request } from '../bindings';

/** The name of something a till can be asked. */
export type Verb = Request['verb'] & keyof Replies;

/** What is sent for a verb. */
export type RequestOf<V extends Verb> = Extract<Request, { verb: V }>;

/** A till event. Named so that it cannot be taken for the browser's own `Event`. */
export type TillEvent = Event;

/** The counter window of this computer. `can_place` is false where programs may not place windows (Wayland). */
export interface CounterWindow {
  visible: boolean;
  full_screen: boolean;
  screens: number;
  can_place: boolean;
}

/** Ends a subscription. */
export type Stop = () => void;

/**
 * The one way from the screens to a till. Three implementations: the desktop window (`tauri.ts`), a browser on the
 * LAN (`web.ts`) and a fake for tests and for looking at screens (`mock.ts`).
 */
export interface Backend {
  /** Asks the till. Rejects with an `ApiError` object, whatever went wrong. */
  call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]>;
  /** Follows what happens, until stopped. `missed` is called when events were lost: ask for the lists again. */
  onEvent(listener: (event: TillEvent) => void, missed: () => void): Stop;
  /** Follows the counter screen. `connected` is false while the till cannot be reached; the state is then the last known. */
  onDisplay(listener: (state: DisplayState | null, connected: boolean) => void): Stop;
  /** Goes into practice mode or out of it: another book, both pages load anew. Only the desktop window can. */
  setPractice?(on: boolean): Promise<void>;
  /** How the counter window of this computer stands. Only the desktop window knows. */
  counterWindow?(): Promise<CounterWindow>;
  /** Shows the counter window, on the second screen where there is one. */
  openCounter?(): Promise<CounterWindow>;
  /** Makes the counter window full-screen, or small again. */
  toggleDisplayFullScreen?(): void;
  /** Closes the till and opens it again: what was prepared for the next start happens now. Only the desktop window can. */
  restart?(): Promise<void>;
  /** Asks the person for a backup file, or a folder; null if they change their mind. Only the desktop window can. */
  pickBackup?(): Promise<string | null>;
  pickFolder?(): Promise<string | null>;
  /** Keys to press once a fake till's screen is up. Only the fake has them. */
  play?(): Stop;
}

export type { ApiError };
