// Generated from the OpenAPI document of the query-service by generate-types.mjs. Do not edit.

export interface paths {
    "/api/analytics/products/{id}/sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a product sold */
        get: operations["getProductSales"];
    };
    "/api/analytics/categories/{category}/revenue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a category sold */
        get: operations["getCategoryRevenue"];
    };
    "/api/analytics/hourly-sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What each product sold in each hour of a period
         * @description An order counts in the UTC hour of its `placedAt`. The windows whose start lies in [start, end), by their start, then by product.
         */
        get: operations["getHourlySales"];
    };
    "/api/analytics/top-products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What sold most in a period
         * @description By amount, then by product. The period is the hourly windows whose start lies in [start, end).
         */
        get: operations["getTopProducts"];
    };
    "/api/analytics/categories/{category}/revenue-over-time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a category sold in each hour of a period
         * @description Of the products that are in the category now. The windows whose start lies in [start, end), ascending. A page may have fewer than `limit` windows, or none, although more follow: only its `Link` tells.
         */
        get: operations["getCategoryRevenueOverTime"];
    };
    "/api/analytics/orders-by-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many orders are in each status */
        get: operations["getOrdersByStatus"];
    };
    "/api/analytics/customers/{id}/totals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a customer ordered, and for how much */
        get: operations["getCustomerTotals"];
    };
    "/api/analytics/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What each category sold
         * @description By revenue, the highest first; the first 100.
         */
        get: operations["listCategories"];
    };
    "/api/analytics/sales-over-time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What all products together sold in each hour
         * @description Windows of one UTC hour whose start lies in [start, end), at most 168; hours without sales have none.
         */
        get: operations["getSalesOverTime"];
    };
    "/api/analytics/orders-per-minute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many orders were counted in each of the last minutes
         * @description By the time at which their events were first applied here, not by `placedAt`; kept in memory since this process started.
         */
        get: operations["getOrdersPerMinute"];
    };
    "/api/pipeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the pipeline does, hop by hop
         * @description From the outbox to the views: state, rate and lag of each hop. While the relay keeper does not answer, the hops before the consumer are `unknown`.
         */
        get: operations["getPipeline"];
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["getLiveness"];
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the service does its job */
        get: operations["getReadiness"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ProductSales: {
            productId: number;
            totalSales: number;
        };
        /** @description RFC 9457. Some have further members, such as `errors`. */
        Problem: {
            /** @constant */
            type: "about:blank";
            /** @description The status in HTTP's words. */
            title: string;
            status: number;
            /** @description What was wrong, with the value, and what to do. */
            detail: string;
            /** @description For programs: what was wrong, or the status in words. It does not change. */
            code: string;
            /** @description Each field of the body that is wrong, 20 at most. */
            errors?: {
                /** @description A JSON pointer into the body. */
                path: string;
                message: string;
            }[];
        };
        ViewUnavailable: {
            /**
             * @description `change-not-shown`: not yet the changes of `Consistency-Token`; `views-not-readable`: nothing, until they are filled or mended; `busy`: too many requests; `keys-not-available`: a token cannot be checked.
             * @enum {unknown}
             */
            code: "change-not-shown" | "views-not-readable" | "busy" | "keys-not-available";
            /** @description The changes that are not shown. */
            notYet?: {
                token: string;
                /** @description The version that is applied; 0: none. */
                applied: number;
                /** @description Sold products that are in no category yet, some of them. */
                awaitedProducts?: number[];
            }[];
            /** Format: date-time */
            asOf?: string | null;
            /** @description Events in Kafka that are not read; null: not known. */
            eventsBehind?: number | null;
        } & WithRequired<components["schemas"]["Problem"], "code">;
        CategoryRevenue: {
            category: string;
            totalRevenue: number;
        };
        HourlySales: {
            /** Format: date-time */
            windowStart: string;
            /** Format: date-time */
            windowEnd: string;
            productId: number;
            totalSales: number;
        };
        TopProduct: {
            productId: number;
            /** @description Null until its event has come. */
            name: string | null;
            /** @description Null until its event has come. */
            category: string | null;
            units: number;
            totalSales: number;
        };
        CategoryWindow: {
            /** Format: date-time */
            windowStart: string;
            /** Format: date-time */
            windowEnd: string;
            totalRevenue: number;
        };
        OrdersByStatus: {
            CREATED: number;
            SHIPPED: number;
            DELIVERED: number;
            CANCELLED: number;
        };
        CustomerTotals: {
            customerId: number;
            orders: number;
            totalSpent: number;
        };
        /** @description One hop of the pipeline. `null`: not known, or not counted there. */
        Hop: {
            /** @enum {unknown} */
            name: "outbox" | "slot" | "connector" | "topics" | "consumer" | "views";
            /** @enum {unknown} */
            state: "ok" | "waiting" | "broken" | "unknown";
            /** @description Why it is not `ok`, one sentence each. */
            reasons: string[];
            /** @description Per second, over the last ten seconds. */
            rate: number | null;
            /**
             * @description Of `rate` and `lag.count`.
             * @enum {unknown}
             */
            unit: "events" | "offsets" | "bytes";
            lag: {
                count: number | null;
                seconds: number | null;
            };
            /** @description Further numbers and states, for people. */
            facts: {
                [key: string]: string | number | null;
            };
        };
        /** @description What holds events up. `null`: nothing does, as far as is known. */
        Standstill: {
            /** @enum {unknown} */
            hop: "outbox" | "slot" | "connector" | "topics" | "consumer" | "views";
            /** @description What is wrong. */
            cause: string;
            /** @description Behind what events wait: `the paused connector`. */
            behind: string;
            /** @description A command that ends it, or what does by itself. */
            cure: string | null;
            /**
             * Format: date-time
             * @description Nothing that was committed later has come through.
             */
            since: string | null;
        } | null;
        /** @description The relay keeper's last comparison of one replica's views with PostgreSQL. */
        Comparison: {
            replica: string;
            /** Format: date-time */
            at: string | null;
            compared: number;
            differences: number;
            /** @description Aggregates whose newest event stood before a hop then: no differences. */
            waiting: number;
            trouble: string | null;
        };
        Pipeline: {
            /** Format: date-time */
            at: string;
            /**
             * @description The worst of all hops.
             * @enum {unknown}
             */
            state: "ok" | "waiting" | "broken" | "unknown";
            hops: components["schemas"]["Hop"][];
            standstill: components["schemas"]["Standstill"];
            /** Format: date-time */
            asOf: string | null;
            /** @description Seconds since `asOf`. */
            staleSeconds: number | null;
            /** @description Why answers are older than `VIEWS_STALE_AFTER_SECONDS`. */
            stale: string | null;
            openDeadLetters: number;
            /** @description `null`: the relay keeper does not answer. */
            comparisons: components["schemas"]["Comparison"][] | null;
            /** @description Another number: an answer about sales may have changed. */
            changes: number;
        };
    };
    responses: {
        /** @description A parameter or `Consistency-Token` is malformed. */
        InvalidParameterInvalidToken400: {
            headers: {
                "Views-State": components["headers"]["ViewsState"];
                /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                "As-Of"?: string;
                /** @description How long it would have waited, in seconds. */
                "Preference-Applied"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "invalid-parameter" | "invalid-token";
                };
            };
        };
        /** @description No token, or one that is not valid. */
        Unauthorized401: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "unauthorized";
                };
            };
        };
        /** @description The token has no scope `analytics:read`. */
        Forbidden403: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "forbidden";
                };
            };
        };
        /** @description The view does not show the changes of `Consistency-Token` yet, or cannot be read now: `code` tells which. */
        ChangeNotShownViewsNotReadableBusyKeysNotAvailable503: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Views-State": components["headers"]["ViewsState"];
                /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                "As-Of"?: string;
                /** @description How long it would have waited, in seconds. */
                "Preference-Applied"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ViewUnavailable"] & {
                    /** @enum {string} */
                    code: "change-not-shown" | "views-not-readable" | "busy" | "keys-not-available";
                };
            };
        };
        /** @description What any request may be refused with. */
        AnyRefusal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "bad-request" | "method-not-allowed" | "request-timeout" | "uri-too-long" | "expectation-failed" | "misdirected-request" | "request-header-fields-too-large" | "internal-server-error" | "not-implemented" | "http-version-not-supported" | "cross-site" | "busy";
                };
            };
        };
        /** @description No product is in such a category. */
        NotFound404: {
            headers: {
                "Views-State": components["headers"]["ViewsState"];
                /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                "As-Of"?: string;
                /** @description How long it would have waited, in seconds. */
                "Preference-Applied"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "not-found";
                };
            };
        };
        /** @description `start` is after `end`. */
        StartAfterEnd422: {
            headers: {
                "Views-State": components["headers"]["ViewsState"];
                /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                "As-Of"?: string;
                /** @description How long it would have waited, in seconds. */
                "Preference-Applied"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "start-after-end";
                };
            };
        };
        /** @description The token cannot be checked. */
        BusyKeysNotAvailable503: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code: "busy" | "keys-not-available";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description `current`; `stale`: nothing newer has come through for longer than the bound (10 seconds by default); `catching-up`: events that are known to exist are not in the views yet; `incomplete`: an event could not be applied; `untrusted`: the history in Kafka, or the database file, is not what it was. */
        ViewsState: "current" | "stale" | "catching-up" | "incomplete" | "untrusted";
        /** @description What is wrong with the token, in the codes of RFC 6750. */
        WWWAuthenticate: string;
        /** @description Seconds after which another attempt may succeed. */
        RetryAfter: string;
    };
    pathItems: never;
}
export type ProductSales = components['schemas']['ProductSales'];
export type Problem = components['schemas']['Problem'];
export type ViewUnavailable = components['schemas']['ViewUnavailable'];
export type CategoryRevenue = components['schemas']['CategoryRevenue'];
export type HourlySales = components['schemas']['HourlySales'];
export type TopProduct = components['schemas']['TopProduct'];
export type CategoryWindow = components['schemas']['CategoryWindow'];
export type OrdersByStatus = components['schemas']['OrdersByStatus'];
export type CustomerTotals = components['schemas']['CustomerTotals'];
export type Hop = components['schemas']['Hop'];
export type Standstill = components['schemas']['Standstill'];
export type Comparison = components['schemas']['Comparison'];
export type Pipeline = components['schemas']['Pipeline'];
export type $defs = Record<string, never>;
export interface operations {
    getProductSales: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its sales; 0 when it is known and was not sold. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductSales"];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            /** @description There is no such product. */
            404: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "not-found";
                    };
                };
            };
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getCategoryRevenue: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path: {
                /** @example Electronics */
                category: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its revenue; 0 when none of its products was sold. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CategoryRevenue"];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            404: components["responses"]["NotFound404"];
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getHourlySales: {
        parameters: {
            query: {
                /** @description Only of this product. */
                productId?: number;
                /**
                 * @description ISO-8601 with an offset, not after `end`.
                 * @example 2026-02-27T09:00:00Z
                 */
                start: string;
                /**
                 * @description ISO-8601 with an offset.
                 * @example 2026-02-27T12:00:00Z
                 */
                end: string;
                /** @description Windows on a page, at most. */
                limit?: number;
                /** @description Where the page before ended, as its `Link` has it. */
                after?: string;
            };
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The windows with sales. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    /** @description RFC 8288, `rel="next"`: the page that follows, if there is one. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HourlySales"][];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            422: components["responses"]["StartAfterEnd422"];
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getTopProducts: {
        parameters: {
            query: {
                /**
                 * @description ISO-8601 with an offset, not after `end`.
                 * @example 2026-02-27T09:00:00Z
                 */
                start: string;
                /**
                 * @description ISO-8601 with an offset.
                 * @example 2026-02-27T12:00:00Z
                 */
                end: string;
                /** @description Products at most. */
                limit?: number;
            };
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The products that sold most. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopProduct"][];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            /** @description `start` is after `end`, or more than 500000 hourly sales lie between them. */
            422: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "start-after-end" | "too-many-sales";
                    };
                };
            };
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getCategoryRevenueOverTime: {
        parameters: {
            query: {
                /**
                 * @description ISO-8601 with an offset, not after `end`.
                 * @example 2026-02-27T09:00:00Z
                 */
                start: string;
                /**
                 * @description ISO-8601 with an offset.
                 * @example 2026-02-27T12:00:00Z
                 */
                end: string;
                /** @description Windows on a page, at most. */
                limit?: number;
                /** @description Where the page before ended, as its `Link` has it. */
                after?: string;
            };
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path: {
                /** @example Electronics */
                category: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The windows with sales. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    /** @description RFC 8288, `rel="next"`: the page that follows, if there is one. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CategoryWindow"][];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            404: components["responses"]["NotFound404"];
            422: components["responses"]["StartAfterEnd422"];
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getOrdersByStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers of orders. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersByStatus"];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getCustomerTotals: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path: {
                /** @example 1 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Both without cancelled orders; 0 when all of the orders are cancelled. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerTotals"];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            /** @description Nobody has read of an order by such a customer. */
            404: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "not-found";
                    };
                };
            };
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    listCategories: {
        parameters: {
            query?: {
                /**
                 * @description Only this one, if there is such a category: for one that the path of a URL cannot name, or a proxy on the way does not let through.
                 * @example Electronics
                 */
                category?: string;
            };
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The categories and their revenue. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        category: string;
                        totalRevenue: number;
                    }[];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getSalesOverTime: {
        parameters: {
            query: {
                /**
                 * @description ISO-8601 with an offset, not after `end`.
                 * @example 2026-02-27T09:00:00Z
                 */
                start: string;
                /**
                 * @description ISO-8601 with an offset.
                 * @example 2026-02-27T12:00:00Z
                 */
                end: string;
            };
            header?: {
                /**
                 * @description What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that it does not yet.
                 * @example order:1@1
                 */
                "Consistency-Token"?: string;
                /**
                 * @description RFC 7240: `wait=2` waits so many seconds, at most 10, for the changes of the token.
                 * @example wait=2
                 */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hours, in order. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        windowStart: string;
                        /** Format: date-time */
                        windowEnd: string;
                        units: number;
                        totalSales: number;
                    }[];
                };
            };
            400: components["responses"]["InvalidParameterInvalidToken400"];
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            /** @description `start` is after `end`, or the period is too long. */
            422: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    /** @description How long it would have waited, in seconds. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code: "start-after-end" | "too-many-hours";
                    };
                };
            };
            503: components["responses"]["ChangeNotShownViewsNotReadableBusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getOrdersPerMinute: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last hour, or since `since`. The last minute is under way. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        since: string;
                        minutes: {
                            /** Format: date-time */
                            minute: string;
                            orders: number;
                        }[];
                    };
                };
            };
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["BusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getPipeline: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of each hop at this moment. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            401: components["responses"]["Unauthorized401"];
            403: components["responses"]["Forbidden403"];
            503: components["responses"]["BusyKeysNotAvailable503"];
            default: components["responses"]["AnyRefusal"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "live";
                    };
                };
            };
            default: components["responses"]["AnyRefusal"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ready" | "not ready";
                        /** @description Why it is not ready, one sentence each. */
                        reasons: string[];
                        /** @enum {unknown} */
                        views: "current" | "stale" | "catching-up" | "incomplete" | "untrusted";
                        /** Format: date-time */
                        asOf: string | null;
                        /** @description Why events may be missing that nobody knows of, and what to run. */
                        unverified: string | null;
                        /** @description Why answers are older than `VIEWS_STALE_AFTER_SECONDS`. They are marked `stale`, and the service stays ready: all replicas read the same relay, and would go out together. */
                        stale: string | null;
                    };
                };
            };
            /** @description It does not, and why. */
            503: {
                headers: {
                    "Views-State": components["headers"]["ViewsState"];
                    /** @description The answer includes every command that was acknowledged before this instant. Absent: not known yet. It stands still when the relay does. */
                    "As-Of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {unknown} */
                        status: "ready" | "not ready";
                        /** @description Why it is not ready, one sentence each. */
                        reasons: string[];
                        /** @enum {unknown} */
                        views: "current" | "stale" | "catching-up" | "incomplete" | "untrusted";
                        /** Format: date-time */
                        asOf: string | null;
                        /** @description Why events may be missing that nobody knows of, and what to run. */
                        unverified: string | null;
                        /** @description Why answers are older than `VIEWS_STALE_AFTER_SECONDS`. They are marked `stale`, and the service stays ready: all replicas read the same relay, and would go out together. */
                        stale: string | null;
                    };
                };
            };
            default: components["responses"]["AnyRefusal"];
        };
    };
}
type WithRequired<T, K extends keyof T> = T & {
    [P in K]-?: T[P];
};
