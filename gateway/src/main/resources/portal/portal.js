// The pages: products, one product, documents. The address after # says which.
import {h, replace, code, prose, say, duration} from './elements.js';
import {config, products, described, token, get, Refused} from './gateway.js';
import {Live} from './live.js';
import {render as renderDocument} from './document.js';

const main = document.getElementById('main');
let close = () => {};
let turn = 0;

// ---- where we are

async function show() {
  const mine = ++turn;
  close();
  close = () => {};
  const path = location.hash.replace(/^#\/?/, '').split('?')[0];
  if (location.hash === '#main') return;
  main.setAttribute('aria-busy', 'true');
  try {
    const page = path.startsWith('products/') ? await productPage(path.slice('products/'.length))
      : path === 'documents' ? await documentsPage() : await productsPage();
    if (mine !== turn) return;
    replace(main, page.content);
    close = page.close || close;
    document.title = `${page.title} · Tidegate`;
    say(page.title);
  } catch (e) {
    if (mine === turn) replace(main, failure(e));
  } finally {
    main.removeAttribute('aria-busy');
  }
  for (const link of document.querySelectorAll('#nav a')) {
    const here = link.getAttribute('href') === (path === 'documents' ? '#/documents' : '#/');
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function failure(e) {
  const needsToken = e instanceof Refused && e.status === 401;
  return h('section', {class: 'card problem-card', role: 'alert'},
    h('h1', {}, needsToken ? (token.get() ? 'This token is not accepted' : 'Please bring a token') : e.problem?.title || 'That did not work'),
    h('p', {}, needsToken && !token.get() ? 'This gateway shows its catalog to those who hold a token.' : e.message),
    e.problem?.code && h('p', {class: 'quiet'}, 'Code ', h('a', {href: `problems/${String(e.problem.code).toLowerCase().replace(/_/g, '-')}`}, e.problem.code)),
    h('div', {class: 'row'},
      needsToken && h('button', {type: 'button', class: 'primary', onclick: () => askForToken()}, 'Enter a token'),
      h('button', {type: 'button', onclick: show}, 'Try again'), h('a', {class: 'button', href: '#/'}, 'All products')));
}

// ---- all products

async function productsPage() {
  const all = await products();
  const search = h('input', {id: 'search', type: 'search', placeholder: 'Name, domain, owner, tag…', autocomplete: 'off'});
  const count = h('p', {class: 'quiet', role: 'status'});
  const cards = h('ul', {class: 'cards'});
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter(product => {
      const text = [product.id, product.owner, product.quality, product.status, product.description, ...(product.tags || [])].join(' ').toLowerCase();
      return words.every(word => text.includes(word));
    });
    count.textContent = found.length === 1 ? '1 data product' : `${found.length} data products`;
    replace(cards, found.map(card));
  };
  search.addEventListener('input', draw);
  draw();
  return {
    title: 'Data products',
    content: [
      h('div', {class: 'head'}, h('div', {}, h('h1', {}, 'Data products'), count),
        h('div', {class: 'field search'}, h('label', {for: 'search'}, 'Search'), search)),
      all.length ? cards : h('div', {class: 'card'}, h('p', {}, token.get()
        ? 'This token opens no data product. Ask the owner of the data for a scope.' : 'There is no data product yet.')),
    ],
  };
}

function card(product) {
  const promised = product.serviceLevels.promised;
  return h('li', {class: 'card'},
    h('p', {class: 'domain'}, product.domain),
    h('h2', {}, h('a', {href: `#/products/${product.id}`}, product.product)),
    badges(product),
    product.description && h('p', {class: 'text clamp'}, prose(product.description)),
    h('dl', {class: 'facts'},
      fact('Owner', product.owner),
      promised.freshness && fact('Freshness', freshness(product)),
      promised.availability && fact('Availability', promised.availability)));
}

function badges(product) {
  return h('p', {class: 'badges'},
    h('span', {class: 'tag'}, `version ${product.version}`),
    h('span', {class: `tag ${product.status}`}, product.status),
    h('span', {class: 'tag'}, product.quality),
    token.get() && h('span', {class: `tag ${product.access.granted ? 'open' : ''}`}, product.access.granted ? 'your token opens it' : 'not open to your token'));
}

function fact(name, ...value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}

/** Promised and measured side by side. The age of the last event is no breach by itself: nothing may have happened. */
function freshness(product) {
  const age = product.serviceLevels.measured.lastEventAgeMillis;
  return [product.serviceLevels.promised.freshness ? `${product.serviceLevels.promised.freshness} promised` : 'no promise',
    age !== undefined && h('span', {class: 'quiet'}, ` · last event ${duration(age)} ago`)];
}

// ---- one product

async function productPage(id) {
  if (!/^[a-z0-9-]+\/[a-z0-9-]+\/v\d+$/.test(id)) throw new Error('There is no such page.');
  const product = await described(`catalog/${id}`);
  const settings = await config;
  const live = new Live(id, product.key, askForToken);
  const fresh = h('dd', {}, freshness(product));
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try { replace(fresh, freshness(await described(`catalog/${id}`))); } catch { /* The next one may work. */ }
  }, 10_000);
  const promised = Object.entries(product.serviceLevels.promised).filter(([name]) => name !== 'freshness');
  const document_ = h('div', {}, h('p', {class: 'quiet'}, 'Loading…'));
  described(`asyncapi/${id}.json`, 'application/vnd.aai.asyncapi+json')
    .then(text => replace(document_, renderDocument(text)))
    .catch(e => replace(document_, h('p', {class: 'error'}, e.message)));
  const other = product.versions.filter(version => version.id !== product.id);
  const content = [
    h('nav', {class: 'crumbs', 'aria-label': 'Breadcrumb'}, h('a', {href: '#/'}, 'Products'), ' / ', product.domain),
    h('h1', {}, product.product),
    badges(product),
    product.status === 'deprecated' && h('p', {class: 'note warn'}, 'Deprecated.',
      product.sunset && ` It ends on ${product.sunset}.`, product.successor && ` Its successor is ${product.successor}.`),
    product.description && h('p', {class: 'text lead'}, prose(product.description)),
    h('nav', {class: 'jump', 'aria-label': 'On this page'},
      ['Live', 'Connect', 'Fields', 'Document'].map(name => h('button', {type: 'button', class: 'link', onclick: () => {
        const section = document.getElementById(name.toLowerCase());
        section.scrollIntoView({behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
        section.focus({preventScroll: true});
      }}, name))),
    h('div', {class: 'card'}, h('dl', {class: 'facts wide'},
      fact('Owner', product.owner),
      h('div', {}, h('dt', {}, 'Freshness'), fresh),
      promised.map(([name, value]) => fact(name, value)),
      fact('Scope', product.access.scopes.map(scope => [h('code', {}, scope), ' '])),
      product.access.plans.length > 0 && fact('Plan', product.access.plans.join(', ')),
      fact('Pull queries', product.view.enabled ? (product.view.history === 'PT0S' ? 'current state' : 'current state and history') : 'none: stream only'),
      product.tags.length > 0 && fact('Tags', product.tags.join(', ')),
      other.length > 0 && fact('Other versions', other.map(version => [h('a', {href: `#/products/${version.id}`}, version.version), ` ${version.status} `])))),
    section('live', 'Live', live.element),
    section('connect', 'Connect', connect(product, settings)),
    section('fields', 'Fields', fields(product)),
    section('document', 'Document', [
      h('p', {}, 'AsyncAPI 3: ', download(`asyncapi/${id}.yaml`, 'YAML'), ' · ', download(`asyncapi/${id}.json`, 'JSON')),
      document_]),
  ];
  return {title: product.product, content, close: () => { clearInterval(timer); live.close(); }};
}

function section(id, title, ...content) {
  return h('section', {id, tabindex: '-1', 'aria-labelledby': `${id}-title`}, h('h2', {id: `${id}-title`}, title), content);
}

function connect(product, settings) {
  const calls = product.calls;
  const ways = [
    ['Server-sent events', 'One line in a terminal; every event has its cursor as id.', calls.sse],
    ['NDJSON', 'One JSON document a line, from the oldest event that is kept.', calls.ndjson],
    ['GraphQL subscription', 'With the stock client graphql-ws.', calls.subscription],
    ['Pull query', 'The current state, with the position it stands for.', calls.query],
    ['File', 'The current state as CSV; format=parquet, arrow, ndjson and json are the others.', calls.data],
    ['Tidegate’s own client', 'Follows the stream and resumes by itself.', calls.tail],
  ].filter(way => way[2]);
  return [
    h('p', {}, 'Set ', h('code', {}, 'TOKEN'), ' to your access token first; it needs the scope ',
      product.access.scopes.map((scope, i) => [i > 0 && ' or ', h('code', {}, scope)]), '.'),
    ways.map(([title, text, call]) => h('div', {class: 'way'}, h('h3', {}, title), h('p', {class: 'quiet'}, text), code(call, title))),
    settings.graphiql && h('p', {}, h('a', {class: 'button', href: 'graphiql/'}, 'Try GraphQL in GraphiQL'), ' ',
      h('span', {class: 'quiet'}, 'Put your token into its headers.')),
  ];
}

function fields(product) {
  return [
    h('p', {class: 'quiet'}, product.key.length ? ['A row is identified by ', product.key.map((name, i) => [i > 0 && ', ', h('code', {}, name)]), '.']
      : 'Every event is a row of its own: the product has no key.',
    !product.access.granted && ' Personal fields are left out here; a token shows what its grant opens.'),
    h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Fields'}, h('table', {},
      h('thead', {}, h('tr', {}, ['Field', 'Type', 'Meaning'].map(title => h('th', {scope: 'col'}, title)))),
      h('tbody', {}, product.fields.map(field => h('tr', {},
        h('th', {scope: 'row'}, h('code', {}, field.path)),
        h('td', {}, field.type, field.nullable && h('span', {class: 'quiet'}, ' or null')),
        h('td', {}, field.description && h('span', {class: 'text'}, prose(field.description), ' '),
          field.values && h('span', {class: 'quiet'}, field.values.join(', '), ' '),
          field.key && h('span', {class: 'tag'}, 'key'),
          field.personal && h('span', {class: 'tag'}, 'personal'),
          field.mask && h('span', {class: 'tag deprecated'}, `masked: ${field.mask}`),
          field.deprecated && h('span', {class: 'tag deprecated'}, `deprecated: ${field.deprecated}`))))))),
    h('details', {}, h('summary', {}, 'An example value'), code(JSON.stringify(product.example, null, 2), 'Example value')),
    h('details', {}, h('summary', {}, 'As JSON Schema'), code(JSON.stringify(product.schema, null, 2), 'JSON Schema')),
  ];
}

/** A link that carries the token, which a plain link cannot. */
function download(path, label) {
  const link = h('a', {href: path}, label);
  link.addEventListener('click', async e => {
    if (!token.get()) return;
    e.preventDefault();
    try {
      const text = await described(path, 'text/plain');
      const url = URL.createObjectURL(new Blob([text], {type: 'text/plain'}));
      const saved = h('a', {href: url, download: path.replace(/\//g, '.')});
      saved.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    } catch (failed) {
      say(failed.message);
    }
  });
  return link;
}

// ---- documents

async function documentsPage() {
  const all = await products();
  return {
    title: 'Documents',
    content: [
      h('h1', {}, 'Documents'),
      h('div', {class: 'card'}, h('h2', {}, 'Everything you may see'),
        h('p', {}, 'AsyncAPI 3: ', download('asyncapi.yaml', 'YAML'), ' · ', download('asyncapi.json', 'JSON')),
        h('p', {}, 'GraphQL: ', token.get() ? download('graphql/schema.graphql', 'schema in SDL') : 'the schema in SDL needs a token'),
        h('p', {}, h('a', {href: 'catalog'}, 'Catalog as JSON'), ', or DCAT with ', h('code', {}, 'Accept: application/ld+json'))),
      h('ul', {class: 'cards'}, all.map(product => h('li', {class: 'card'}, h('p', {class: 'domain'}, product.domain),
        h('h2', {}, h('a', {href: `#/products/${product.id}`}, product.product)),
        h('p', {}, download(`asyncapi/${product.id}.yaml`, 'YAML'), ' · ', download(`asyncapi/${product.id}.json`, 'JSON'))))),
    ],
  };
}

// ---- the token

const dialog = document.getElementById('token');
const text = document.getElementById('token-text');
const error = document.getElementById('token-error');
let then = null;

function askForToken(next) {
  then = next || null;
  text.value = '';
  error.textContent = '';
  const claims = token.claims();
  document.getElementById('token-state').textContent = !token.get() ? 'None yet.'
    : `In use: ${claims?.client_id || claims?.azp || claims?.sub || 'a token'}${claims?.exp ? `, ${expiry(claims.exp)}` : ''}`;
  document.getElementById('token-forget').hidden = !token.get();
  dialog.showModal();
}

function expiry(seconds) {
  const left = seconds * 1000 - Date.now();
  return left > 0 ? `expires in ${duration(left)}` : 'expired';
}

async function use(candidate) {
  const before = token.get();
  const clean = candidate.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(clean)) {
    error.textContent = 'Paste the token itself: one word without spaces.';
    return;
  }
  try {
    sessionStorage.setItem('tidegate.token', clean);
    await get('catalog');
  } catch (e) {
    if (before) sessionStorage.setItem('tidegate.token', before);
    else sessionStorage.removeItem('tidegate.token');
    error.textContent = e.message;
    return;
  }
  dialog.close();
  const next = then;
  if (next) {
    signedIn();
    next();
  } else {
    token.set(clean);
  }
}

function signedIn() {
  const claims = token.claims();
  const name = claims?.client_id || claims?.azp || claims?.sub;
  document.getElementById('sign-in').textContent = token.get() ? `Token: ${String(name || 'set').slice(0, 24)}` : 'Use a token';
}

document.getElementById('sign-in').addEventListener('click', () => askForToken());
document.getElementById('token-use').addEventListener('click', () => use(text.value));
document.getElementById('token-forget').addEventListener('click', () => { dialog.close(); token.set(''); });
document.getElementById('token-development').addEventListener('click', async () => {
  try { await use(await get('portal/dev-token', 'text/plain', true)); } catch (e) { error.textContent = e.message; }
});
config.then(settings => { document.getElementById('token-development').hidden = !settings.developmentToken; }, () => {});

addEventListener('hashchange', async () => {
  await show();
  if (location.hash !== '#main') {
    scrollTo(0, 0);
    main.focus({preventScroll: true});
  }
});
addEventListener('token', () => { signedIn(); show(); });
signedIn();
show();
