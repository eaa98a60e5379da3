// The portal in a real browser: a person looks at a product and follows its stream.
import { chromium } from 'playwright-core';
import { input, main, say, within } from './run.mjs';

await main({
    async live() {
        const browser = await chromium.launch({
            executablePath: input.browser,
            args: ['--no-sandbox', '--disable-background-networking', '--disable-quic', '--disable-sync'],
        });
        try {
            const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
            const complaints = [];
            page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
            page.on('pageerror', (error) => complaints.push(String(error)));
            await page.goto(input.url);
            await page.getByText(input.product, { exact: true }).first().click();
            await page.getByRole('button', { name: 'Use a token' }).click();
            await page.getByRole('button', { name: 'Use a development token' }).click();
            // The page shows the product anew once it knows what the token opens.
            await page.getByRole('button', { name: /^Token:/ }).waitFor();
            await page.getByText('your token opens it').waitFor();
            await page.locator('#live-from').selectOption('earliest');
            await page.getByRole('button', { name: 'Start', exact: true }).click();
            const events = page.locator('ol.events > li');
            await within(15000, 'events on the page', events.nth(input.count - 1).waitFor());
            say({ newest: await events.first().innerText(), complaints });
        } finally {
            await browser.close();
        }
    },
});
