// A dashboard of five questions that many viewers look at, each asking again all the time, as BI tools do.
import { input, main, say, within } from './run.mjs';

const QUESTIONS = [
    // Of all rows; the others have to agree with it where they tell the same position.
    '{ p: labDataBoard { position aggregate { count sum { quantity total } } items(first: 1) { totalCount } } }',
    '{ p: labDataBoard { position aggregate(groupBy: [status]) { group { status } count sum { quantity } } } }',
    '{ p: labDataBoard { position aggregate(bucket: { unit: HOUR, field: "placed_at" }) { bucket count sum { quantity } } } }',
    '{ p: labDataBoard { position aggregate(groupBy: [rush], having: [{ measure: COUNT, gt: 0 }]) { group { rush } count sum { quantity } } } }',
    '{ p: labDataBoard { position items(first: 20, orderBy: [{ field: total, direction: DESC }]) { totalCount edges { node { order_id total } } } } }',
];

async function ask(query) {
    const response = await fetch(input.url, {
        method: 'POST',
        headers: {
            authorization: `Bearer ${input.token}`,
            'content-type': 'application/json',
            accept: 'application/graphql-response+json',
        },
        body: JSON.stringify({ query }),
    });
    const answer = await response.json();
    if (answer.errors) {
        throw new Error(JSON.stringify(answer.errors));
    }
    return answer.data.p;
}

const sum = (groups) => groups.reduce((total, group) => total + Number(group.sum?.quantity ?? 0), 0);
const count = (groups) => groups.reduce((total, group) => total + Number(group.count), 0);

await main({
    async watch() {
        // What is true at a position is one thing, whoever asked and whatever for.
        const truths = new Map();
        const wrong = [];
        let answers = 0;
        const agree = (position, name, value) => {
            const at = truths.get(position) ?? {};
            truths.set(position, at);
            if (at[name] !== undefined && at[name] !== value) {
                wrong.push({ position, name, values: [at[name], value] });
            }
            at[name] = value;
        };
        let isOver = false;
        process.stdin.on('end', () => { isOver = true; }).resume();
        let hasBegun = false;
        const viewer = async () => {
            do {
                const shown = await Promise.all(QUESTIONS.map(ask));
                shown.forEach((product, n) => {
                    answers++;
                    if (product.aggregate) {
                        agree(product.position, 'count', count(product.aggregate));
                        agree(product.position, 'sum', sum(product.aggregate));
                    }
                    if (product.items) {
                        agree(product.position, 'count', Number(product.items.totalCount));
                    }
                    agree(product.position, `question ${n}`, JSON.stringify(product));
                });
                if (!hasBegun) {
                    hasBegun = true;
                    say({ began: true });
                }
                await new Promise((go) => setTimeout(go, 20));
            } while (!isOver);
        };
        await within(38000, 'viewers', Promise.all(Array.from({ length: input.viewers }, viewer)));
        say({ answers, positions: truths.size, wrong: wrong.slice(0, 5), wrongs: wrong.length });
    },
});
