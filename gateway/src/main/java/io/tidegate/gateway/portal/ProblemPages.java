package io.tidegate.gateway.portal;

import io.tidegate.gateway.refusal.ProblemDocuments;
import io.tidegate.gateway.refusal.RefusalCode;

/** The pages of refusals in the portal's clothes. Links are relative, so that they are right behind any proxy. */
final class ProblemPages {
    private ProblemPages() {
    }

    static String page(RefusalCode code) {
        return ProblemDocuments.page(code).replace("</head>", """
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <link rel="icon" href="../portal/icon.svg">
                <link rel="stylesheet" href="../portal/portal.css">
                </head>""").replace("<body>", """
                <body class="problem">
                <p><a href="../">Tidegate</a> / <a href="../problems">problems</a></p>""");
    }

    static String index() {
        var rows = new StringBuilder();
        for (var code : RefusalCode.values()) {
            rows.append("<tr><td><a href=\"problems/").append(code.slug()).append("\"><code>")
                    .append(code.name()).append("</code></a></td><td>").append(code.httpStatus())
                    .append("</td><td>").append(escaped(code.title())).append("</td></tr>\n");
        }
        return """
                <!doctype html>
                <html lang="en">
                <head><meta charset="utf-8"><title>Problems</title>
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <link rel="icon" href="portal/icon.svg">
                <link rel="stylesheet" href="portal/portal.css">
                </head>
                <body class="problem">
                <p><a href="./">Tidegate</a></p>
                <h1>Problems</h1>
                <p>Every way in which the gateway says no, and what to do about it.</p>
                <div class="scroll"><table><thead><tr><th>Code</th><th>HTTP</th><th>Means</th></tr></thead>
                <tbody>
                %s</tbody></table></div>
                </body>
                </html>
                """
                .formatted(rows);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"",
                "&quot;");
    }
}
