/** The HTTP API of a chat node. Every failure is an {@link ApiError} whose message can be shown to a person. */

// Longer than the server's own publish timeout, so that its answer is seen rather than ours.
const TIMEOUT_MS = 15_000;

const BY_STATUS = {
  400: 'the server did not understand the request',
  401: 'you are not logged in',
  403: 'you are not a participant',
  404: 'it does not exist',
  409: 'it already exists with other participants',
  413: 'it is too long',
  429: 'too many requests, try again in a moment',
  503: 'the service is not available at the moment',
};

export class ApiError extends Error {
  /** @param {number} status the HTTP status, or 0 when there was no answer */
  constructor(status, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }

  /** Whether asking again, unchanged, may succeed. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The reason without its full stop, for a sentence around it. Whatever else went wrong is thrown on. */
export function reasonOf(failure) {
  if (!(failure instanceof ApiError)) throw failure;
  return failure.message.replace(/[.\s]+$/, '');
}

export class Api {
  #onUnauthorized;

  /** @param {() => void} onUnauthorized called when the server no longer accepts the current token */
  constructor(onUnauthorized) {
    this.token = null;
    this.#onUnauthorized = onUnauthorized;
  }

  /** The name of the node that answers; it says so even while it is not healthy. */
  async node() {
    const response = await fetch('/health', { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { node: (await response.json()).node, port: location.port };
  }

  async login(userId) {
    return (await this.#call('POST', '/api/login', { user_id: userId })).token;
  }

  async conversations() {
    return this.#array('/api/conversations');
  }

  async createConversation(id, participants) {
    return this.#call('POST', '/api/conversations', { id, participants });
  }

  async messages(conversationId) {
    return this.#array(messagesPath(conversationId));
  }

  /** @returns the message, with `offline`: who of the others had no session; without it that is not known */
  async send(conversationId, content) {
    return this.#call('POST', messagesPath(conversationId), { content });
  }

  /** @returns whether each of these users is online; without those who share no conversation with us */
  async presence(users) {
    return this.#call('GET', `/api/presence?users=${users.map(user => encodeURIComponent(user.toWellFormed())).join(',')}`);
  }

  /** @param {string} session which of the user's sessions has read it, and need not be told */
  async read(conversationId, session) {
    await this.#call('POST', conversationPath(conversationId, 'read'), { session });
  }

  async ticket() {
    return (await this.#call('POST', '/api/ws-ticket')).ticket;
  }

  async #array(path) {
    const answer = await this.#call('GET', path);
    if (!Array.isArray(answer)) {
      throw new ApiError(502, 'the server sent an answer that this page does not understand');
    }
    return answer;
  }

  async #call(method, path, body) {
    const token = this.token;
    const headers = {};
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response;
    let text;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (cause) {
      const reason = cause.name === 'TimeoutError' ? 'the server did not answer in time' : 'the server could not be reached';
      throw new ApiError(0, reason);
    }
    const answer = parse(text);
    if (response.ok) return answer ?? {};
    // An answer to an older token, come late, must not end the session that replaced it.
    if (response.status === 401 && token !== null && token === this.token) this.#onUnauthorized();
    // A proxy or the container may have refused in its own words (HTML): those are not for people.
    const reason = typeof answer?.error === 'string' && answer.error !== '' ? answer.error : BY_STATUS[response.status];
    throw new ApiError(response.status, reason ?? `the server answered ${response.status}`);
  }
}

function messagesPath(conversationId) {
  return conversationPath(conversationId, 'messages');
}

function conversationPath(conversationId, what) {
  return `/api/conversations/${encodeURIComponent(conversationId.toWellFormed())}/${what}`;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
