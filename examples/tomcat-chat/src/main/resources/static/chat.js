/** The page's state, and what happens when. */
import { Api, ApiError, reasonOf } from '/api.js';
import { Connection } from '/connection.js';
import { Conversations, addressOf, idIn, newId, participantsOf } from '/conversations.js';
import { Outbox } from '/outbox.js';
import { Presence } from '/presence.js';
import { Reads } from '/reads.js';
import { Receipts } from '/receipts.js';
import { persist } from '/retry.js';
import { toMessage } from '/timeline.js';
import { Typing } from '/typing.js';
import * as view from '/view.js';

const SESSION_KEY = 'redis-fanout-chat';
const DELIVERED_WITHIN_MS = 2_000;
const TITLE_LENGTH = 40;
// Most outages are over sooner: an error that flickers helps nobody.
const SHOW_OUTAGE_AFTER_MS = 1_000;
const CONVERSATIONS = 'your conversations';
const MESSAGES = 'the messages';

const { loginForm, userId, loginButton, newConversationForm, participants, createButton, messageForm, content } = view.elements;

const api = new Api(() => endSession('Your session has ended. Log in again.'));
const connection = new Connection({
  ticket: () => api.ticket(),
  onState: (state) => {
    endOutage(); // a lost connection shows for itself, and another node may be well
    view.showStatus(state);
  },
  onRefused: (code, reason) =>
    view.showError('connection', `The server closed the connection (${code}${reason === '' ? '' : `: ${reason}`}). Reload the page to connect again.`),
  onPayload: receive,
});
const outbox = new Outbox({
  send,
  onSending: item => view.showSending(item?.text ?? null),
  onFailed: giveBack,
});

const reads = new Reads(api);
const receipts = new Receipts();
const presence = new Presence({
  ask: users => api.presence(users),
  users: () => [open, ...conversations.sorted()].flatMap(conversation => conversation?.participants ?? []).filter(name => name !== me),
  onChange: showPeople,
});
const typing = new Typing({
  tell: conversation => connection.send({ type: 'typing', conversation_id: conversation.id }),
  onChange: showPeople,
});

let me = null;
let conversations = new Conversations();
let open = null;
let listLoaded = false;
let startedAt = 0;
let opened = 0;
let outage = 0;
// Loads that are still trying belong to one session, or to one open socket, and end with it.
let session = 0;

// --- the session -----------------------------------------------------------------------------------------------

function startSession(name, token) {
  // Someone whose session ran out finds unsent drafts again; someone else finds nothing.
  if (name !== me) conversations = new Conversations();
  me = name;
  api.token = token;
  session++;
  opened = 0;
  listLoaded = false;
  startedAt = Date.now();
  view.showChat(me);
  showList();
  route();
  presence.start();
  loadConversations();
  connection.start();
}

function endSession(reason) {
  session++;
  api.token = null;
  connection.stop();
  presence.stop();
  typing.stop();
  reads.ended();
  sessionStorage.removeItem(SESSION_KEY);
  if (open !== null) open.loaded = false;
  open = null;
  view.showLogin();
  view.clearErrors();
  if (reason !== undefined) view.showError('session', reason);
}

loginForm.addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = userId.value.trim();
  if (name === '' || loginButton.disabled) return;
  loginButton.disabled = true;
  try {
    const token = await api.login(name);
    sessionStorage.setItem(SESSION_KEY, JSON.stringify({ name, token }));
    view.clearErrors();
    startSession(name, token);
  } catch (failure) {
    view.showError('session', `Could not log in: ${reasonOf(failure)}.`);
  } finally {
    loginButton.disabled = false;
  }
});

view.elements.logoutButton.addEventListener('click', () => {
  endSession();
  me = null;
  userId.value = '';
  history.replaceState(null, '', location.pathname);
});

addEventListener('pagehide', () => connection.stop());
// A page that comes back from the back/forward cache was frozen with its socket closed.
addEventListener('pageshow', (event) => {
  if (event.persisted && api.token !== null) connection.start();
});

// --- loading, and catching up ----------------------------------------------------------------------------------

function load(what, wanted, action) {
  return persist(
    wanted,
    async () => {
      await action();
      view.clearError(what);
    },
    failure => view.showError(what, `Could not load ${what}: ${reasonOf(failure)}.`),
  );
}

function loadConversations() {
  const current = session;
  return load(CONVERSATIONS, () => current === session, async () => {
    const answer = await api.conversations();
    if (current !== session) return;
    for (const { id, participants: names } of answer) conversations.upsert(String(id), names);
    listLoaded = true;
    showList();
    presence.refresh();
    if (open === null) route();
    else view.showHeading(open, me, presence);
  });
}

function loadMessages(conversation) {
  const current = session;
  return load(MESSAGES, () => current === session && conversation === open, async () => {
    await mergeHistory(conversation);
    conversation.loaded = true;
    if (conversation === open) showMessages();
    showList();
  });
}

async function mergeHistory(conversation) {
  const mark = conversation.timeline.mark();
  const answer = await api.messages(conversation.id);
  const history = answer.map(toMessage).filter(message => message !== null);
  return conversation.timeline.merge(history, mark);
}

function loadShown() {
  if (open !== null) loadMessages(open);
  return loadConversations();
}

/** From now on we receive: the time to load what was missed. An open socket alone is too early. */
async function catchUp() {
  const current = session;
  const socket = ++opened;
  const wanted = () => current === session && socket === opened;
  loadNode();
  await loadShown();
  if (socket === 1) return;
  await loadUnread(wanted);
}

/** The node receives nothing at the moment; it says when that is over. */
function showOutage() {
  clearTimeout(outage);
  outage = setTimeout(
    () => view.showError('outage', 'This node has lost its connection. New messages will show when it is back.'),
    SHOW_OUTAGE_AFTER_MS,
  );
}

function endOutage() {
  clearTimeout(outage);
  view.clearError('outage');
}

/** The node may have missed messages, and says so before it delivers again. */
async function resynchronise() {
  endOutage();
  const current = session;
  const socket = opened;
  await loadShown();
  await loadUnread(() => current === session && socket === opened);
}

/** The conversations that are not open, only for their unread marks, and one after another to spare the server. */
async function loadUnread(wanted) {
  const current = session;
  for (const conversation of conversations.all()) {
    if (!wanted()) return;
    if (conversation === open) continue;
    try {
      const news = await mergeHistory(conversation);
      if (current !== session) return;
      // What was sent since we began to listen and did not arrive is news. A clock that is off can at most
      // misplace a mark, never a message.
      const missed = news.filter(message => message.sender !== me && message.at > startedAt).length;
      if (missed > 0 && conversation !== open) noteActivity(conversation, missed);
    } catch (failure) {
      // Only a mark is at stake: opening the conversation loads its messages again, and tells.
      if (!(failure instanceof ApiError)) throw failure;
    }
  }
}

async function loadNode() {
  try {
    view.showNode(await api.node());
  } catch {
    view.showNode(null);
  }
}

// --- what comes over the socket --------------------------------------------------------------------------------

function receive(payload) {
  if (payload?.type === 'message') receiveMessage(toMessage(payload));
  else if (payload?.type === 'session') reads.opened(payload.id);
  else if (payload?.type === 'read') receiveRead(payload);
  else if (payload?.type === 'typing') receiveTyping(payload);
  else if (payload?.type === 'ready') catchUp();
  else if (payload?.type === 'outage') showOutage();
  else if (payload?.type === 'resync') resynchronise();
  else if (payload?.type === 'error') view.showError('socket', `The server refused: ${payload.reason}`);
}

function receiveMessage(message) {
  if (message === null) return;
  let conversation = conversations.get(message.conversationId);
  if (conversation === undefined) {
    conversation = conversations.upsert(message.conversationId, []);
    loadConversations();
  }
  if (!conversation.timeline.receive(message)) return;
  typing.stopped(conversation, message.sender);
  if (message.sender === me) conversation.receivedOwn++;
  if (conversation === open) {
    showMessages();
    if (message.sender !== me) reads.shown(conversation);
  }
  noteActivity(conversation, conversation === open || message.sender === me ? 0 : 1);
}

/** Read in another tab of ours. */
function receiveRead(payload) {
  const conversation = conversations.get(payload.conversation_id);
  if (conversation === undefined) return;
  conversation.unread = 0;
  showList();
}

function receiveTyping(payload) {
  const conversation = conversations.get(payload.conversation_id);
  if (conversation === undefined || !conversation.participants.includes(payload.sender_id)) return;
  typing.started(conversation, payload.sender_id);
  presence.note(payload.sender_id, true);
}

// --- conversations ---------------------------------------------------------------------------------------------

function noteActivity(conversation, unread) {
  conversations.noteActivity(conversation, unread);
  showList();
}

function showList() {
  view.showConversations(conversations.sorted(), open?.id, me, { loaded: listLoaded, presence, typing });
}

function showMessages() {
  view.showMessages(open, me, receipts);
}

/** Somebody came, went, or is typing. */
function showPeople() {
  showList();
  if (open === null) return;
  view.showHeading(open, me, presence);
  view.showTyping(typing.textFor(open));
}

/** The open conversation is in the address, so that a phone's own back button and a reload do what one expects. */
function route() {
  const id = idIn(location.hash);
  const conversation = conversations.get(id) ?? null;
  if (conversation === null && id !== '' && listLoaded) history.replaceState(null, '', location.pathname);
  if (conversation === open && open !== null) return;
  view.clearError(MESSAGES);
  const left = open;
  open = conversation;
  view.openConversation(conversation, me, left, presence);
  reads.shown(conversation);
  if (conversation !== null) {
    view.showTyping(typing.textFor(conversation));
    presence.refresh();
    conversation.unread = 0;
    conversation.loaded = false;
    showMessages();
    loadMessages(conversation);
  }
  showList();
}

addEventListener('hashchange', () => {
  if (api.token !== null) route();
});

newConversationForm.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (participants.value.trim() === '' || createButton.disabled) return;
  const names = participantsOf(me, participants.value);
  const id = newId(names);
  const current = session;
  createButton.disabled = true;
  try {
    const created = await api.createConversation(id, names);
    if (current !== session) return;
    const conversation = conversations.upsert(id, created.participants ?? names);
    conversations.noteActivity(conversation);
    participants.value = '';
    view.clearError('create');
    location.hash = addressOf(id);
  } catch (failure) {
    if (current === session) view.showError('create', `Could not start the conversation: ${reasonOf(failure)}.`);
  } finally {
    createButton.disabled = false;
  }
});

// --- sending ---------------------------------------------------------------------------------------------------

messageForm.addEventListener('submit', (event) => {
  event.preventDefault();
  if (open === null || content.value.trim() === '') return;
  const text = content.value;
  content.value = '';
  open.draft = '';
  typing.sent();
  content.focus();
  outbox.add(open, text);
});

content.addEventListener('input', () => {
  if (open === null) return;
  open.draft = content.value;
  if (content.value !== '' && open.participants.length > 1) typing.typed(open);
});

content.addEventListener('keydown', (event) => {
  // While an input method composes a character, Enter belongs to it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  messageForm.requestSubmit();
});

async function send({ conversation, text }) {
  const receivedBefore = conversation.receivedOwn;
  try {
    // Someone else may have logged in while this one waited behind another.
    if (conversations.get(conversation.id) !== conversation) throw new ApiError(401, 'you are no longer logged in');
    showReceipt(conversation, await api.send(conversation.id, text));
    view.clearError('send');
  } finally {
    // After a failure too: without an answer we do not know whether it was sent, and should show it if it was.
    reloadUnlessReceived(conversation, receivedBefore);
  }
}

function showReceipt(conversation, posted) {
  receipts.add(posted);
  if (conversation === open) showMessages();
  if (!Array.isArray(posted.offline)) return;
  for (const name of conversation.participants) {
    if (name !== me) presence.note(name, !posted.offline.includes(name));
  }
}

function giveBack(items, failure) {
  const [{ conversation }] = items;
  conversation.draft = [...items.map(item => item.text), conversation.draft].filter(text => text !== '').join('\n');
  if (conversation === open) content.value = conversation.draft;
  const outcome = failure.status === 0 ? 'It is not known whether your message was sent' : 'Not sent';
  // The error may outlast the view of the conversation, so it says where the text is.
  const title = view.titleOf(conversation, me);
  const where = title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH)}…` : title;
  let text = ` Your text is back in the message box of “${where}”.`;
  if (api.token === null) text = me === null ? '' : ' Log in with the same name to find your text again.';
  else if (conversations.get(conversation.id) !== conversation) text = '';
  view.showError('send', `${outcome}: ${reasonOf(failure)}.${text}`);
}

/** The server took the message, but while the socket is down (or its node receives nothing) it does not reach us. */
function reloadUnlessReceived(conversation, receivedBefore) {
  setTimeout(() => {
    if (conversation === open && conversation.receivedOwn === receivedBefore) loadMessages(conversation);
  }, connection.connected ? DELIVERED_WITHIN_MS : 0);
}

// --- begin -----------------------------------------------------------------------------------------------------

function begin() {
  loadNode();
  let stored = null;
  try {
    stored = JSON.parse(sessionStorage.getItem(SESSION_KEY));
  } catch {
    sessionStorage.removeItem(SESSION_KEY);
  }
  if (stored?.name && stored?.token) startSession(stored.name, stored.token);
  else view.showLogin();
}

begin();
