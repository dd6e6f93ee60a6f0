/** Trying again. */
import { ApiError } from '/api.js';

const BACK_OFF_START_MS = 250;
const BACK_OFF_CAP_MS = 5_000;
const REQUESTS_APART_MS = 500;

/** Full jitter: when a node dies, its clients must not all come to the next one in the same instant. */
export function backOff(attempt) {
  return Math.random() * Math.min(BACK_OFF_CAP_MS, BACK_OFF_START_MS * 2 ** attempt);
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
