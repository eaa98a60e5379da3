// An AsyncAPI document for reading: channels, their messages, the fields of each.
import {h, prose} from './elements.js';

const DEPTH_MAX = 6;

export function render(document) {
  const channels = Object.entries(document.channels || {});
  return h('div', {class: 'asyncapi'},
    h('p', {class: 'quiet'}, `AsyncAPI ${document.asyncapi} · ${document.info?.title || ''} ${document.info?.version || ''}`),
    h('h3', {}, 'Servers'),
    h('ul', {class: 'plain'}, Object.values(document.servers || {}).map(server =>
      h('li', {}, h('code', {}, `${server.protocol}://${server.host}${server.pathname || ''}`), ' ', prose(server.description || '')))),
    channels.map(([name, channel]) => renderChannel(document, name, channel)));
}

function renderChannel(document, name, channel) {
  const directions = Object.values(document.operations || {})
    .filter(operation => operation.channel?.$ref === `#/channels/${name}`)
    .map(operation => (operation.action === 'send' ? 'from the gateway' : 'to the gateway'));
  return h('section', {class: 'channel'},
    h('h3', {}, channel.title || name),
    h('p', {}, h('code', {class: 'address'}, channel.address || ''),
      (channel.servers || []).map(server => [' ', h('span', {class: 'tag active'}, resolve(document, server).protocol || '')]),
      [...new Set(directions)].map(direction => [' ', h('span', {class: 'tag'}, direction)])),
    channel.description && h('p', {class: 'text'}, prose(channel.description)),
    Object.entries(channel.messages || {}).map(([key, message]) =>
      renderMessage(document, key, resolve(document, message))));
}

function renderMessage(document, key, message) {
  return h('details', {class: 'message'},
    h('summary', {}, h('strong', {}, message.title || message.name || key),
      message.contentType && h('span', {class: 'tag'}, message.contentType),
      h('span', {class: 'quiet'}, message.summary || '')),
    message.description && h('p', {class: 'text'}, prose(message.description)),
    h('h4', {}, 'Payload'),
    renderSchema(document, message.payload?.schema || message.payload, 0, []),
    message.headers && [h('h4', {}, 'Headers'), renderSchema(document, message.headers, 0, [])],
    (message.examples || []).slice(0, 3).map(example => [h('h4', {}, `Example${example.name ? `: ${example.name}` : ''}`),
      h('pre', {tabindex: '0'}, JSON.stringify(example.payload ?? example.headers, null, 2))]));
}

/** Only addresses inside the document are followed. */
function resolve(document, node) {
  for (let hops = 0; node && typeof node.$ref === 'string' && hops < 10; hops++) {
    if (!node.$ref.startsWith('#/')) return {};
    node = node.$ref.slice(2).split('/').reduce((at, part) => {
      const name = part.replace(/~1/g, '/').replace(/~0/g, '~');
      return at && Object.hasOwn(at, name) ? at[name] : undefined;
    }, document);
  }
  return node || {};
}

function merged(document, node) {
  const schema = resolve(document, node);
  return (schema.allOf || []).length === 1 ? {...resolve(document, schema.allOf[0]), ...schema} : schema;
}

function typeName(document, schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return 'enum';
  const options = schema.anyOf || schema.oneOf;
  if (options) {
    return options.map(option => typeName(document, merged(document, option)))
      .filter((name, i, all) => all.indexOf(name) === i).join(' or ');
  }
  const type = [].concat(schema.type || 'any').join(' or ');
  return schema.format ? `${type} (${schema.format})` : type;
}

function renderSchema(document, node, depth, seen) {
  const schema = merged(document, node);
  const options = schema.anyOf || schema.oneOf;
  if (options) {
    const inner = options.map(option => merged(document, option)).filter(option => option.properties);
    return inner.length ? inner.map(option => renderSchema(document, option, depth, seen)) : h('p', {}, typeName(document, schema));
  }
  if (schema.items) return renderSchema(document, schema.items, depth, seen);
  if (!schema.properties) return h('p', {}, h('code', {}, typeName(document, schema)));
  if (depth >= DEPTH_MAX || seen.includes(schema)) return h('p', {class: 'quiet'}, 'as above');
  const required = schema.required || [];
  return h('dl', {class: 'schema'}, Object.entries(schema.properties).map(([name, property]) => {
    const own = merged(document, property);
    const nested = hasFields(document, own) && renderSchema(document, own, depth + 1, [...seen, schema]);
    return [
      h('dt', {}, h('code', {}, name), h('span', {class: 'type'}, typeName(document, own)),
        !required.includes(name) && h('span', {class: 'quiet'}, 'optional')),
      h('dd', {}, own.description && h('span', {class: 'text'}, prose(own.description)),
        own.enum && h('span', {class: 'quiet'}, own.enum.map(value => String(value)).join(', ')), nested),
    ];
  }));
}

function hasFields(document, schema) {
  if (schema.properties) return true;
  if (schema.items) return hasFields(document, merged(document, schema.items));
  return (schema.anyOf || schema.oneOf || []).some(option => merged(document, option).properties);
}
