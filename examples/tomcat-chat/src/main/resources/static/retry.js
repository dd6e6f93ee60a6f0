/** Trying again. */
import { ApiError } from '/api.js';

const BACK_OFF_START_MS = 250;
const BACK_OFF_CAP_MS = 5_000;
const REQUESTS_APART_MS = 500;
const MINUTE_MS = 60_000;
// The server's own protocol errors, such as a frame that is too big: the same would only happen again soon.
const LATER = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** Full jitter: when a node dies, its clients must not all come to the next one in the same instant. */
export function backOff(attempt) {
  return Math.random() * Math.min(BACK_OFF_CAP_MS, BACK_OFF_START_MS * 2 ** attempt);
}

/**
 * What a close code asks of a client, by its range alone: the reason is for people.
 *
 * @returns {number | null} milliseconds until it may come back; null if it must not by itself
 */
export function pauseBeforeReconnect(code, attempt) {
  if (code >= 4400 && code <= 4499) return null;
  return (LATER.has(code) ? MINUTE_MS : 0) + backOff(attempt);
}

/**
 * Tries until it works, is no longer wanted, or asking again is no use.
 *
 * @param {() => boolean} wanted
 * @param {() => Promise<void>} action
 * @param {(failure: ApiError) => void} onFailure
 */
export async function persist(wanted, action, onFailure) {
  for (let attempt = 0; wanted(); attempt++) {
    try {
      await action();
      return;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (!wanted()) return;
      onFailure(failure);
      if (!failure.passing) return;
    }
    await new Promise(resolve => setTimeout(resolve, REQUESTS_APART_MS + backOff(attempt)));
  }
}
