// Validates the expected JSON of every golden case against its published schema, with ajv and all formats checked.
const fs = require('fs');
const path = require('path');
const Ajv = require('ajv').default;
const addFormats = require('ajv-formats').default;

const DAY = '\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])';
const CLOCK = '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?';
const OWN_FORMATS = {
  int64: (text) => /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text),
  uint64: (text) => /^\d+$/.test(text) && BigInt.asUintN(64, BigInt(text)) === BigInt(text),
  decimal: /^-?\d+(\.\d+)?$/,
  'local-time': new RegExp(`^${CLOCK}$`),
  'local-date-time': new RegExp(`^${DAY}T${CLOCK}$`),
};

function validator(schema) {
  const ajv = new Ajv({ strict: false, strictTypes: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
  addFormats(ajv);
  for (const [name, check] of Object.entries(OWN_FORMATS)) {
    ajv.addFormat(name, { type: 'string', validate: check });
  }
  return ajv.compile(schema);
}

let values = 0;
let cases = 0;
let failures = 0;
const root = process.argv[2];
for (const construct of fs.readdirSync(root).sort()) {
  for (const language of fs.readdirSync(path.join(root, construct)).sort()) {
    const folder = path.join(root, construct, language);
    const validate = validator(JSON.parse(fs.readFileSync(path.join(folder, 'expected.schema.json'), 'utf8')));
    cases++;
    for (const line of fs.readFileSync(path.join(folder, 'expected.ndjson'), 'utf8').split('\n')) {
      const expected = line === '' ? {} : JSON.parse(line);
      if (!('value' in expected)) {
        continue;
      }
      values++;
      if (!validate(expected.value)) {
        failures++;
        console.log(`${construct}/${language}: ${JSON.stringify(expected.value)}`, validate.errors);
      }
    }
    if (validate('not an object')) {
      failures++;
      console.log(`${construct}/${language}: the schema accepts a text`);
    }
  }
}
console.log(`${values - failures} values of ${cases} cases are valid`);
process.exit(failures === 0 && values > 0 ? 0 : 1);
