// Talks to the gateway. Addresses are relative to the page, so they are right behind a proxy that adds a path.

const KEY = 'tidegate.token';

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The token lives in this tab's session storage and nowhere else. */
export const token = {
  get() {
    try { return sessionStorage.getItem(KEY) || ''; } catch { return ''; }
  },
  set(text) {
    try {
      if (text) sessionStorage.setItem(KEY, text);
      else sessionStorage.removeItem(KEY);
    } catch { /* A browser that keeps nothing: the token is asked for again. */ }
    dispatchEvent(new Event('token'));
  },
  /** What it says about itself; for display only, the gateway is who checks it. */
  claims() {
    try {
      const part = this.get().split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), c => c.charCodeAt(0))));
    } catch {
      return null;
    }
  },
};

export function headers(accept, anonymous = false) {
  const all = {Accept: accept};
  if (token.get() && !anonymous) all.Authorization = `Bearer ${token.get()}`;
  return all;
}

export async function refusal(response) {
  let problem = {};
  try { problem = await response.json(); } catch { /* Something between us and the gateway answered. */ }
  return new Refused(response.status, problem);
}

export async function get(path, accept = 'application/json', anonymous = false) {
  const response = await fetch(path, {headers: headers(accept, anonymous), cache: 'no-cache'});
  if (!response.ok) throw await refusal(response);
  return accept.includes('json') ? response.json() : response.text();
}

export const config = get('portal/config.json', 'application/json', true);

/**
 * The products: those that the token opens and, where the catalog is public, the others as everybody may see them.
 */
export async function products() {
  const isPublic = (await config).publicCatalog;
  const mine = token.get() ? (await get('catalog')).products : [];
  const all = isPublic ? (await get('catalog', 'application/json', true)).products : [];
  if (!token.get() && !isPublic) await get('catalog');
  const known = new Set(mine.map(product => product.id));
  return [...mine, ...all.filter(product => !known.has(product.id))]
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One thing as the token may see it, else as everybody may. */
export async function described(path, accept) {
  if (token.get()) {
    try {
      return await get(path, accept);
    } catch (e) {
      if (!(e instanceof Refused) || ![401, 404].includes(e.status) || !(await config).publicCatalog) throw e;
    }
  }
  return get(path, accept, true);
}
