-- Products whose names begin alike, bytewise: who explains a variance looks for them without reading all products.
create index product_name_start on product (lower(product_name) text_pattern_ops);
