// The audits of GraphQL over HTTP.
import { serverAudits } from 'graphql-http';
import { input, main, say } from './run.mjs';

await main({
    async audit() {
        const audits = serverAudits({
            url: input.url,
            fetchFn: (url, init) => fetch(url, {
                ...init,
                headers: { ...init?.headers, authorization: `Bearer ${input.token}` },
            }),
        });
        for (const audit of audits) {
            const { status, reason } = await audit.fn();
            say({ id: audit.id, name: audit.name, status, reason: reason ?? null });
        }
    },
});
