/** The Host of the local interface: what the verbs send, and the only one the daemon answers, so that no web page gets through. */
export const localHost = 'laps.local';
