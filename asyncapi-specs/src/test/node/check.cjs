// Prints what the AsyncAPI parser finds wrong, one line each; exit 1 if there is an error.
const { Parser } = require("@asyncapi/parser");
const fs = require("node:fs");

(async () => {
  let failed = false;
  for (const file of process.argv.slice(2)) {
    const { document, diagnostics } = await new Parser().parse(fs.readFileSync(file, "utf8"));
    for (const found of diagnostics) {
      // 0 = error, 1 = warning; the rest is advice such as "a newer version exists".
      if (found.severity <= 1) {
        console.log(`${found.code} at ${found.path.join("/")}: ${found.message}`);
        failed = true;
      }
    }
    failed = failed || !document;
  }
  process.exit(failed ? 1 : 0);
})();
