-- The file of a replica as projection version 5 left it, by .dump: read by upgrade.test.ts.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE origin (
    source_id  TEXT,
    cluster_id TEXT
  ) STRICT;
INSERT INTO origin VALUES('5a1f0000-0000-4000-8000-000000000001','oE36uMtS_eNOiCqJax7D4A');
CREATE TABLE partition_progress (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    event_id      TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
INSERT INTO partition_progress VALUES('order-events',0,1,'0198c5a0-0000-7000-8000-000000000005');
INSERT INTO partition_progress VALUES('order-events',1,2,'0198c5a0-0000-7000-8000-000000000007');
INSERT INTO partition_progress VALUES('product-events',0,0,'0198c5a0-0000-7000-8000-000000000002');
INSERT INTO partition_progress VALUES('product-events',1,0,'0198c5a0-0000-7000-8000-000000000001');
CREATE TABLE rewound_progress (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    event_id      TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE rewound (cluster_id TEXT) STRICT;
CREATE TABLE accepted_beginning (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE order_state (
    order_id INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    status   INTEGER NOT NULL, -- order-status.ts
    content  INTEGER NOT NULL  -- apply/content.ts
  ) STRICT;
INSERT INTO order_state VALUES(1,1,0,20880520);
INSERT INTO order_state VALUES(2,2,3,55098882);
CREATE TABLE product_state (
    product_id INTEGER PRIMARY KEY,
    version    INTEGER NOT NULL,
    content    INTEGER NOT NULL
  ) STRICT;
INSERT INTO product_state VALUES(1,1,62274958416802);
INSERT INTO product_state VALUES(2,1,29090791288481);
CREATE TABLE dead_letter (
    id            INTEGER PRIMARY KEY,
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    lost_to       INTEGER,        -- the last offset of a range that was deleted before it was read
    key           TEXT,
    headers       TEXT NOT NULL,  -- JSON object of texts
    value         TEXT,           -- base64: it may not be text
    event_id      TEXT,
    kind          TEXT,           -- the aggregate's, 'order' or 'product'; null: not known
    subject       INTEGER,        -- the aggregate's id; null: not known
    version       INTEGER,        -- the aggregate's; null: not readable
    reason        TEXT NOT NULL,
    parked_at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    state         TEXT NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'healed', 'redriven', 'discarded')),
    settled_at    TEXT,
    settled_by    TEXT,           -- the record or version that healed it, or who redrove or discarded it
    settled_why   TEXT,           -- of a discarded one: why nothing is missing
    UNIQUE (topic, partition, record_offset)
  ) STRICT;
INSERT INTO dead_letter VALUES(1,'order-events',1,1,NULL,'3','{"id":"0198c5a0-0000-7000-8000-000000000006","eventType":"OrderCreated","aggregateVersion":"1","schemaVersion":"1","sourceId":"5a1f0000-0000-4000-8000-000000000001"}','eyJvcmRlcklkIjozLCJjdXN0b21lcklkIjoyLCJzdGF0dXMiOiJHT05FIiwiaXRlbXMiOlt7InByb2R1Y3RJZCI6MiwicXVhbnRpdHkiOjMsInByaWNlIjoiNS4wMCJ9XSwicGxhY2VkQXQiOiIyMDI2LTAyLTI3VDA5OjE1OjAwLjAwMFoiLCJvY2N1cnJlZEF0IjoiMjAyNi0wMi0yN1QwOToxNTowMC4wMDBaIn0=','0198c5a0-0000-7000-8000-000000000006','order',3,1,'OrderCreated version 1: /status must be equal to constant','2026-11-29T23:57:34.930Z','open',NULL,NULL,NULL);
INSERT INTO dead_letter VALUES(2,'order-events',1,2,NULL,'4','{"id":"0198c5a0-0000-7000-8000-000000000007","eventType":"OrderCreated","aggregateVersion":"1","schemaVersion":"1","sourceId":"5a1f0000-0000-4000-8000-000000000001"}','eyJvcmRlcklkIjo0LCJjdXN0b21lcklkIjoyLCJzdGF0dXMiOiJHT05FIiwiaXRlbXMiOlt7InByb2R1Y3RJZCI6MiwicXVhbnRpdHkiOjMsInByaWNlIjoiNS4wMCJ9XSwicGxhY2VkQXQiOiIyMDI2LTAyLTI3VDA5OjE1OjAwLjAwMFoiLCJvY2N1cnJlZEF0IjoiMjAyNi0wMi0yN1QwOToxNTowMC4wMDBaIn0=','0198c5a0-0000-7000-8000-000000000007','order',4,1,'OrderCreated version 1: /status must be equal to constant','2026-11-29T23:57:34.930Z','discarded','2026-11-29T23:57:34.990Z','operator','it was a test');
CREATE TABLE version_gap (
    kind          TEXT NOT NULL,     -- the aggregate's
    subject       INTEGER NOT NULL,  -- the aggregate's id
    first_version INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    topic         TEXT NOT NULL,     -- the record that jumped
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    found_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    closed_at     TEXT,
    closed_by     TEXT,              -- the record that closed it
    PRIMARY KEY (kind, subject, first_version)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE product_sales (
      product_id  INTEGER PRIMARY KEY,
      total_cents INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(total_cents) <= 9007199254740991)
    ) STRICT;
INSERT INTO product_sales VALUES(1,100000);
INSERT INTO product_sales VALUES(2,7);
CREATE TABLE category_revenue (
      category    TEXT PRIMARY KEY,
      products    INTEGER NOT NULL,
      total_cents INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(total_cents) <= 9007199254740991)
    ) STRICT, WITHOUT ROWID;
INSERT INTO category_revenue VALUES('Books',1,7);
INSERT INTO category_revenue VALUES('Electronics',1,100000);
CREATE TABLE product_revenue (
      product_id  INTEGER PRIMARY KEY,
      category    TEXT,  -- NULL: sold, but its event has not come
      total_cents INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(total_cents) <= 9007199254740991)
    ) STRICT;
INSERT INTO product_revenue VALUES(1,'Electronics',100000);
INSERT INTO product_revenue VALUES(2,'Books',7);
CREATE TABLE hourly_sales (
      hour        INTEGER NOT NULL,  -- whole hours since 1970, UTC
      product_id  INTEGER NOT NULL,
      units       INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(units) <= 9007199254740991),
      total_cents INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(total_cents) <= 9007199254740991),
      PRIMARY KEY (hour, product_id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO hourly_sales VALUES(492273,1,2,100000);
INSERT INTO hourly_sales VALUES(492273,2,1,7);
CREATE TABLE product_name (
      product_id INTEGER PRIMARY KEY,
      name       TEXT NOT NULL
    ) STRICT;
INSERT INTO product_name VALUES(1,'Product 1');
INSERT INTO product_name VALUES(2,'Product 2');
CREATE TABLE orders_by_status (
      status TEXT PRIMARY KEY,
      orders INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO orders_by_status VALUES('CANCELLED',1);
INSERT INTO orders_by_status VALUES('CREATED',1);
CREATE TABLE customer_totals (
      customer_id INTEGER PRIMARY KEY,
      orders      INTEGER NOT NULL,
      total_cents INTEGER NOT NULL CONSTRAINT exact_total CHECK (abs(total_cents) <= 9007199254740991)
    ) STRICT;
INSERT INTO customer_totals VALUES(1,1,100007);
INSERT INTO customer_totals VALUES(2,0,0);
CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open';
CREATE INDEX version_gap_open ON version_gap (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX category_revenue_left ON category_revenue (category) WHERE products = 0;
PRAGMA user_version = 5;
COMMIT;
