"""The words of which the generated catalogue is made, category by category.

A category is a block of lines. The first says `id | name | parent id | parent name | picture |
hue | weight | percent auctions`. A line `= model | low | high` is a kind of thing with its range
of prices in US dollars. A line `+ a, b, c` is one place in the title, filled with one of them.
"""

from dataclasses import dataclass

_TEXT = """
9355 | Cell Phones & Smartphones | 15032 | Cell Phones & Accessories | phone | 212 | 12 | 15
= Apple iPhone 15 Pro Max | 640 | 990
= Apple iPhone 15 | 420 | 640
= Apple iPhone 14 Pro | 410 | 620
= Apple iPhone 13 | 230 | 380
= Apple iPhone 12 mini | 130 | 230
= Apple iPhone SE 2022 | 95 | 180
= Samsung Galaxy S24 Ultra | 560 | 900
= Samsung Galaxy S22 | 160 | 310
= Samsung Galaxy Z Flip5 | 260 | 480
= Google Pixel 8 Pro | 330 | 560
= Google Pixel 7a | 140 | 240
= Motorola Razr V3 flip phone | 20 | 75
= Nokia 3310 | 15 | 60
+ 64GB, 128GB, 128GB, 256GB, 256GB, 512GB
+ Black, Midnight, Blue Titanium, Natural Titanium, Silver, Gold, Lavender, Green, White, Red
+ Unlocked, Unlocked, Verizon, AT&T, T-Mobile, Factory Unlocked, GSM + CDMA
+ Smartphone, 5G, Clean IMEI, 91% Battery, Cracked Back, Read Description, w/ Box

27386 | Graphics/Video Cards | 58058 | Computers/Tablets & Networking | chip | 265 | 7 | 12
= NVIDIA GeForce RTX 4090 Founders Edition | 1550 | 2300
= ASUS ROG Strix GeForce RTX 4090 OC | 1600 | 2450
= MSI Suprim Liquid X RTX 4090 | 1580 | 2300
= Gigabyte Windforce RTX 4080 Super | 880 | 1190
= EVGA GeForce RTX 3080 FTW3 Ultra | 330 | 520
= ZOTAC Gaming GeForce RTX 3060 Twin Edge | 170 | 260
= Sapphire Pulse AMD Radeon RX 7900 XTX | 690 | 930
= XFX Radeon RX 580 GTS | 55 | 110
= PNY GeForce RTX 4070 Ti Verto | 560 | 760
= NVIDIA Quadro P2000 | 70 | 130
+ 24GB, 12GB, 8GB, 16GB, 10GB
+ GDDR6X, GDDR6, GDDR6 PCIe 4.0, GDDR6X PCIe 4.0 x16
+ Graphics Card, GPU, Video Card, Gaming GPU, Gaming Graphics Card
+ Tested, w/ Original Box, No Box, Never Mined, Backplate Only, Free Shipping

177 | PC Laptops & Netbooks | 58058 | Computers/Tablets & Networking | laptop | 205 | 7 | 12
= Apple MacBook Pro 14" M3 | 1050 | 1700
= Apple MacBook Air 13" M1 2020 | 420 | 640
= Lenovo ThinkPad X1 Carbon Gen 9 | 330 | 590
= Lenovo ThinkPad T480 | 130 | 260
= Dell XPS 13 9310 | 310 | 560
= Dell Latitude 7420 | 170 | 330
= HP EliteBook 840 G8 | 190 | 360
= ASUS ROG Zephyrus G14 | 690 | 1290
= Microsoft Surface Laptop 4 | 290 | 520
= Panasonic Toughbook CF-31 | 110 | 290
+ i5, i7, 8GB RAM, 16GB RAM, 32GB RAM, 16GB DDR4
+ 256GB SSD, 512GB SSD, 1TB SSD, 1TB NVMe, No SSD
+ Win 11 Pro, Windows 10, macOS, No OS, Linux Mint
+ Laptop, Notebook, Touchscreen, w/ Charger, No Charger, Grade A

31388 | Digital Cameras | 625 | Cameras & Photo | camera | 190 | 7 | 22
= Canon EOS R6 Mark II | 1450 | 1990
= Canon EOS Rebel T7i | 260 | 420
= Canon PowerShot G7 X Mark III | 520 | 820
= Nikon Z6 II | 780 | 1150
= Nikon D3500 DSLR | 270 | 430
= Nikon Coolpix P900 | 240 | 390
= Sony Alpha a7 III | 790 | 1190
= Sony Cyber-shot DSC-W830 | 80 | 170
= Fujifilm X100V | 1150 | 1650
= Fujifilm X-T30 II | 690 | 940
= Olympus OM-D E-M10 | 190 | 340
= Panasonic Lumix GH5 | 560 | 820
= Leica M6 35mm film | 2500 | 3900
= GoPro HERO11 Black | 170 | 280
= Polaroid SX-70 instant | 70 | 220
+ Camera, Digital Camera, Mirrorless Camera, Camera Body
+ Body Only, w/ 18-55mm Lens, Black, Silver, Kit, Bundle
+ Low Shutter Count, 2 Batteries, w/ Charger, w/ Case, Tested, 20.1MP, 24.2MP

3323 | Lenses | 625 | Cameras & Photo | camera | 175 | 4 | 20
= Canon EF 50mm f/1.8 STM | 70 | 125
= Canon EF 24-70mm f/2.8L II USM | 780 | 1190
= Canon RF 35mm f/1.8 Macro | 290 | 430
= Nikon AF-S 70-200mm f/2.8G VR II | 520 | 890
= Nikon Nikkor 50mm f/1.4 AI-S | 90 | 190
= Sony FE 85mm f/1.8 | 330 | 490
= Sigma 18-35mm f/1.8 DC HSM Art | 370 | 560
= Tamron 28-75mm f/2.8 Di III RXD | 390 | 590
= Helios 44-2 58mm f/2 | 35 | 90
+ Lens, Zoom Lens, Prime Lens, Telephoto Lens
+ Canon EF Mount, Nikon F Mount, Sony E Mount, M42, w/ Hood, w/ Caps
+ Sharp, Clean Glass, No Fungus, Haze, Mint, From Japan

19006 | LEGO Complete Sets & Packs | 220 | Toys & Hobbies | brick | 48 | 9 | 22
= LEGO Star Wars 75192 Millennium Falcon | 560 | 860
= LEGO Star Wars 75313 AT-AT | 490 | 750
= LEGO Technic 42115 Lamborghini Sián | 260 | 420
= LEGO Creator Expert 10270 Bookshop | 150 | 240
= LEGO Harry Potter 71043 Hogwarts Castle | 330 | 490
= LEGO City 60197 Passenger Train | 90 | 190
= LEGO Ideas 21318 Tree House | 160 | 280
= LEGO Classic Space 6990 Monorail | 190 | 480
= LEGO Castle 6080 King's Castle | 90 | 260
= LEGO Icons 10497 Galaxy Explorer | 75 | 125
= LEGO Friends 41703 Tree House | 40 | 85
= LEGO Ninjago 71741 City Gardens | 230 | 390
= LEGO bulk lot 5 lbs | 30 | 70
+ 100% Complete, Complete w/ Minifigures, Incomplete, Sealed Box, Retired, w/ Instructions
+ Building Set, Set, No Box, Retired Set, w/ Box, Minifigs
+ Adult Owned, Smoke Free Home, Ships Fast, Dented Box, Clean

183454 | CCG Individual Cards | 2536 | Collectible Card Games | card | 330 | 9 | 45
= Pokemon Charizard Base Set 4/102 Holo | 140 | 690
= Pokémon Charizard ex 199/165 SIR 151 | 90 | 190
= Pokemon Pikachu Illustrator Promo Style | 5 | 40
= Pokemon Umbreon VMAX Alt Art 215/203 | 480 | 990
= Pokemon Gengar Fossil 5/62 Holo | 25 | 95
= Pokemon Blastoise Shadowless 2/102 | 90 | 340
= Pokemon Card Lot bulk 100 | 8 | 30
= Magic the Gathering MTG Black Lotus CE | 3900 | 6900
= MTG Sheoldred, the Apocalypse | 55 | 95
= MTG Mox Diamond Stronghold | 320 | 560
= Yu-Gi-Oh! Blue-Eyes White Dragon LOB-001 | 40 | 290
= One Piece OP01 Shanks Manga Rare | 290 | 690
+ PSA 10, PSA 9, CGC 8.5, BGS 9.5, NM, LP, MP, Near Mint, Raw
+ Holo Rare, 1st Edition, Unlimited, English, Japanese, Full Art
+ 1999, 2016, 2022, 2023, Pack Fresh, Clean, Centered

33034 | Electric Guitars | 619 | Musical Instruments & Gear | guitar | 20 | 6 | 15
= Fender American Professional II Stratocaster | 990 | 1550
= Fender Player Telecaster | 480 | 720
= Squier Classic Vibe '60s Stratocaster | 250 | 400
= Gibson Les Paul Standard '50s | 1750 | 2590
= Gibson SG Special | 920 | 1390
= Epiphone Les Paul Custom | 420 | 690
= PRS SE Custom 24 | 520 | 790
= Ibanez RG550 Genesis | 590 | 890
= Yamaha Pacifica 112V | 150 | 260
= Gretsch G2622 Streamliner | 320 | 490
= Martin D-28 acoustic | 1900 | 2890
= Taylor GS Mini acoustic | 390 | 590
+ Electric Guitar, Guitar, Guitar w/ Case, Guitar w/ Gig Bag, Left Handed Guitar
+ Sunburst, Black, Olympic White, Candy Apple Red, Surf Green, Cherry, Natural
+ Made in Japan MIJ, Made in Mexico MIM, USA, Rosewood Fretboard, Maple Neck, Upgraded Pickups

31387 | Wristwatches | 281 | Jewelry & Watches | watch | 38 | 9 | 35
= Rolex Submariner 116610LN | 8900 | 12900
= Omega Seamaster 300M | 2900 | 4600
= Omega Speedmaster Professional Moonwatch | 3900 | 6200
= Seiko SKX007 Diver | 190 | 390
= Seiko 5 Sports SNK809 | 60 | 140
= Casio G-Shock GA-2100 | 55 | 110
= Casio F-91W | 9 | 25
= Citizen Eco-Drive BM8180 | 60 | 140
= Tissot PRX Powermatic 80 | 390 | 590
= Hamilton Khaki Field Mechanical | 310 | 480
= Timex Weekender | 20 | 50
= Tag Heuer Carrera Chronograph | 1500 | 2900
= Apple Watch Series 9 | 190 | 340
= Swatch MoonSwatch Mission to the Moon | 180 | 290
+ Watch, Men's Watch, Automatic Watch, Wristwatch, Ladies Watch
+ 42mm, 41mm, 38mm, 36mm, 45mm, Stainless Steel, Black Dial, Blue Dial
+ Box & Papers, Full Set, Head Only, New Battery, Runs, w/ Extra Links, Serviced

15709 | Athletic Shoes | 11450 | Clothing, Shoes & Accessories | shoe | 355 | 9 | 18
= Nike Air Jordan 1 Retro High OG | 110 | 390
= Nike Air Jordan 4 Retro | 160 | 380
= Nike Dunk Low Panda | 60 | 140
= Nike Air Max 90 | 50 | 140
= Nike Air Force 1 '07 | 45 | 110
= adidas Samba OG | 55 | 110
= adidas Yeezy Boost 350 V2 | 110 | 290
= adidas Stan Smith | 30 | 80
= New Balance 990v5 | 80 | 180
= New Balance 550 | 55 | 120
= ASICS Gel-Kayano 14 | 80 | 160
= Converse Chuck 70 Hi | 30 | 75
= Vans Old Skool | 25 | 60
= HOKA Clifton 9 | 70 | 130
+ Sneakers, Sneakers, Running Shoes, Basketball Shoes, Trainers
+ Men's Size 9, Men's Size 10.5, Men's Size 11, Mens Sz 12, Women's 8, US 8.5, UK 9
+ Chicago, University Blue, Black White, Grey, Bred, Triple White, Navy
+ DS, VNDS, w/ Box, No Box, Worn Once, Replacement Box

261186 | Books | 267 | Books & Magazines | book | 28 | 9 | 10
= Dune by Frank Herbert | 6 | 45
= The Hobbit J.R.R. Tolkien | 7 | 70
= The Lord of the Rings Box Set | 22 | 120
= Harry Potter and the Sorcerer's Stone | 8 | 90
= Stephen King The Stand | 7 | 60
= Agatha Christie Mystery Books | 12 | 45
= The Great Gatsby F. Scott Fitzgerald | 5 | 35
= Joy of Cooking cookbook | 9 | 40
= Goosebumps Books R.L. Stine | 15 | 60
= Little Golden Books | 10 | 35
= Folio Society Foundation Isaac Asimov | 60 | 190
= National Geographic Atlas of the World | 15 | 70
= Chilton Repair Manual Ford F-150 | 10 | 30
+ Hardcover, Paperback, HC w/ DJ, Mass Market Paperback, Leather Bound, Trade PB
+ Book, First Edition, 1st Ed 1st Print, Signed, Book Club Ed, Ex-Library, Illustrated
+ 1965, 1977, 1984, 1999, 2003, 2019, Good Reading Copy, Like New, Lot of 3, Lot of 10

38182 | Wine, Bar & Cellar | 11700 | Home & Garden | bottle | 345 | 7 | 12
= Château Margaux 2005 Bordeaux red wine | 480 | 790
= Napa Valley Cabernet Sauvignon wine | 28 | 95
= Barolo Riserva DOCG wine | 45 | 130
= Riedel Vinum Bordeaux wine glasses | 35 | 75
= Waterford Lismore wine glasses crystal | 40 | 120
= Wine decanter hand blown crystal | 22 | 70
= Wine rack wrought iron 12 bottle | 25 | 80
= NewAir 24 bottle wine cooler fridge | 140 | 260
= Le Creuset wine opener corkscrew | 20 | 60
= Vintage wood wine crate Bordeaux | 15 | 55
= Yeti Rambler wine tumbler 10 oz | 15 | 30
= Coravin Timeless Three wine preserver | 90 | 160
= Wine cork collection used natural | 10 | 35
= Port wine Graham's Vintage 1985 | 60 | 120
+ Set of 4, Set of 6, Pair, 750ml, Magnum 1.5L, Lot of 2
+ Gift, Estate Find, Barware, Home Bar, Cellar, Tuscan, Rustic, Mid Century
+ Ships Free, Mint, w/ Box, Pristine, Never Used, Display Only

139971 | Video Game Consoles | 1249 | Video Games & Consoles | pad | 250 | 7 | 18
= Nintendo Switch OLED | 190 | 290
= Nintendo 64 N64 | 60 | 140
= Nintendo Game Boy Color | 45 | 110
= Super Nintendo SNES | 70 | 150
= Sony PlayStation 5 PS5 Slim | 320 | 450
= Sony PlayStation 2 PS2 Slim | 50 | 110
= Sony PSP 3000 | 70 | 140
= Microsoft Xbox Series X | 280 | 420
= Microsoft Xbox 360 | 40 | 90
= Steam Deck LCD | 220 | 390
= Sega Genesis Model 1 | 40 | 95
= Sega Dreamcast | 65 | 140
+ Console, Console Bundle, Console Only, System, Handheld
+ w/ 2 Controllers, w/ Games, 64GB, 512GB, 1TB, Disc Edition, White, Black, Atomic Purple
+ Tested, Works Great, OEM Cables, Yellowed, New Thermal Paste, Region Free, CIB

139973 | Video Games | 1249 | Video Games & Consoles | pad | 275 | 6 | 18
= The Legend of Zelda Ocarina of Time | 25 | 70
= Zelda Tears of the Kingdom | 32 | 52
= Super Mario 64 | 22 | 48
= Mario Kart 8 Deluxe | 28 | 45
= Pokemon HeartGold | 75 | 160
= Pokemon Emerald Version | 90 | 190
= EarthBound | 190 | 390
= Final Fantasy VII | 18 | 60
= Elden Ring | 20 | 40
= Halo Combat Evolved | 8 | 25
= Silent Hill 2 | 55 | 130
= Chrono Trigger | 110 | 250
+ Nintendo Switch, N64, PS5, PS2, Xbox, GBA, Nintendo DS, SNES
+ CIB, Cart Only, Disc Only, Complete in Box, Sealed, w/ Manual
+ Authentic, Tested, New Battery, Greatest Hits, Resurfaced, Case Only

176985 | Vinyl Records | 11233 | Music | disc | 300 | 7 | 25
= Pink Floyd The Dark Side of the Moon | 18 | 70
= Fleetwood Mac Rumours | 15 | 45
= The Beatles Abbey Road | 18 | 80
= Miles Davis Kind of Blue | 18 | 90
= Taylor Swift Folklore | 25 | 60
= Led Zeppelin IV | 15 | 60
= David Bowie Ziggy Stardust | 18 | 70
= Radiohead OK Computer | 22 | 60
= John Coltrane A Love Supreme | 25 | 140
= Daft Punk Random Access Memories | 25 | 55
= Kate Bush Hounds of Love | 18 | 45
= Björk Homogenic | 22 | 60
+ LP, 2LP, Vinyl LP, Vinyl Record, 180g LP
+ 1973, 1977, 1969, Reissue, 1st Press, Colored Vinyl, Remastered, Japan OBI
+ VG+, NM/NM, VG/VG+, EX, Sealed, Gatefold, w/ Poster

112529 | Headphones | 293 | Consumer Electronics | sound | 225 | 6 | 10
= Sony WH-1000XM4 | 120 | 210
= Sony WH-1000XM5 | 190 | 310
= Bose QuietComfort 45 | 120 | 220
= Bose SoundLink Mini II | 60 | 120
= Apple AirPods Pro 2nd Gen | 110 | 190
= Apple AirPods Max | 270 | 440
= Sennheiser HD 600 | 170 | 290
= Sennheiser HD 25 | 70 | 130
= Beyerdynamic DT 770 Pro | 85 | 150
= Beats Studio3 | 75 | 150
= Koss Porta Pro | 20 | 45
= Audio-Technica ATH-M50x | 70 | 130
+ Headphones, Wireless Headphones, Noise Cancelling, Over-Ear Headphones, Earbuds
+ Black, Silver, White, Midnight Blue, 80 Ohm, 250 Ohm
+ w/ Case, w/ Cable, New Pads, Right Side Only, OEM, Bluetooth

39464 | Coins: Dollars | 11116 | Coins & Paper Money | coin | 45 | 6 | 55
= 1921 Morgan Silver Dollar | 28 | 60
= 1881-S Morgan Silver Dollar | 38 | 160
= 1922 Peace Silver Dollar | 27 | 55
= 2023 American Silver Eagle 1 oz | 29 | 42
= 1889-CC Morgan Dollar | 590 | 1900
= 1964 Kennedy Half Dollar roll | 190 | 260
= Walking Liberty Half Dollar | 11 | 40
= 1909-S VDB Lincoln Cent | 590 | 990
= Buffalo Nickel full date | 4 | 25
= 1/10 oz Gold American Eagle | 220 | 290
+ BU, MS64 PCGS, MS63 NGC, AU, XF, VF, Circulated, Proof
+ 90% Silver, .999 Fine Silver, US Coin, Key Date, Better Date
+ Nice Toning, Estate Lot, Cleaned, CAC, In Capsule, Lot of 3

177831 | Bicycles | 888 | Sporting Goods | bike | 95 | 5 | 20
= Trek Domane SL 5 road bike | 1100 | 1950
= Specialized Stumpjumper mountain bike | 890 | 2300
= Cannondale CAAD10 | 490 | 890
= Surly Long Haul Trucker | 590 | 1050
= Brompton M6L folding bike | 890 | 1490
= Schwinn Sting-Ray Krate | 290 | 990
= Bianchi Celeste vintage steel frame | 220 | 620
= Rad Power RadRover e-bike | 590 | 990
= Giant Defy Advanced 2 | 690 | 1250
+ 54cm, 56cm, 58cm, Medium, Large, 20", 26", 29er, 700c
+ Shimano 105, Ultegra, SRAM Rival, Deore XT, Single Speed, Carbon, Steel
+ Local Pickup, Just Tuned, Frame Only, New Tires, Barn Find, Disc Brakes

115280 | Golf Clubs | 888 | Sporting Goods | club | 120 | 5 | 25
= TaylorMade Stealth 2 driver | 190 | 340
= Callaway Paradym driver | 230 | 390
= Titleist T100 iron set 4-PW | 590 | 990
= Titleist Scotty Cameron Newport 2 putter | 240 | 420
= Ping G425 hybrid | 110 | 190
= Cleveland RTX 6 wedge | 70 | 140
= Mizuno JPX 923 irons | 490 | 890
= Odyssey White Hot putter | 80 | 180
= Titleist Pro V1 golf balls | 25 | 50
+ RH, LH, Right Hand, Left Handed, 9.0*, 10.5*, 56*, 35"
+ Stiff Flex, Regular, X-Stiff, Graphite, Steel, Senior Flex
+ w/ Headcover, Golf Pride Grip, Demo, Head Only, 1 Dozen, Tour Issue

169291 | Women's Bags & Handbags | 11450 | Clothing, Shoes & Accessories | bag | 10 | 6 | 22
= Louis Vuitton Neverfull MM monogram | 890 | 1590
= Louis Vuitton Speedy 30 | 390 | 890
= Coach Tabby 26 leather | 150 | 290
= Coach Willis vintage leather | 60 | 160
= Kate Spade Knott crossbody | 70 | 160
= Gucci Marmont matelassé | 690 | 1290
= Longchamp Le Pliage | 45 | 110
= Dooney & Bourke All Weather | 50 | 140
= Michael Kors Jet Set | 40 | 110
+ Tote, Shoulder Bag, Crossbody, Handbag, Purse, Satchel
+ Brown, Black, Tan, Red, Pink, Navy, Cognac
+ w/ Dust Bag, Authentic, Made in USA, Date Code, Minor Wear, w/ Strap

57988 | Coats & Jackets | 11450 | Clothing, Shoes & Accessories | coat | 155 | 6 | 15
= Levi's Trucker Type III denim | 30 | 95
= The North Face 1996 Retro Nuptse | 130 | 260
= Patagonia Retro-X fleece | 70 | 150
= Carhartt Detroit J97 duck canvas | 60 | 190
= Barbour Beaufort waxed cotton | 120 | 260
= Schott Perfecto 618 leather | 220 | 480
= Arc'teryx Beta AR Gore-Tex | 210 | 390
= Columbia Bugaboo ski | 30 | 80
= Members Only 80s | 20 | 60
+ Jacket, Coat, Parka, Puffer Jacket, Blanket Lined Jacket
+ Mens S, Mens M, Men's Large, Mens XL, XXL, Womens S, Women's M
+ Black, Olive, Brown, Navy, Made in USA, Faded, Distressed, NWT

122826 | Cordless Drills & Power Tools | 11700 | Home & Garden | tool | 52 | 6 | 10
= DeWalt DCD777 20V MAX drill driver | 55 | 100
= DeWalt DCS570 7-1/4 circular saw | 95 | 150
= Milwaukee M18 Fuel 2804-20 hammer drill | 75 | 140
= Milwaukee M12 impact driver kit | 70 | 130
= Makita XFD10Z 18V LXT drill | 45 | 85
= Ryobi ONE+ 18V combo kit | 90 | 190
= Bosch Bulldog SDS-plus rotary hammer | 90 | 160
= Festool Domino DF 500 joiner | 690 | 990
= Stanley Bailey No. 4 hand plane | 25 | 90
+ Tool Only, Bare Tool, w/ Battery, w/ 2 Batteries, Kit
+ Brushless, Cordless, Corded, 1/2", 5.0Ah, 2.0Ah
+ OEM, Reconditioned, w/ Case, Works Great, For Parts, Lot of 2

33710 | Car Headlights & Parts | 6000 | eBay Motors | car | 215 | 6 | 5
= Ford F-150 2015-2020 headlight assembly | 90 | 290
= Honda Civic 2016-2021 tail light | 55 | 160
= BMW E46 M3 side mirror | 60 | 240
= Toyota Tacoma 2016-2023 grille | 80 | 240
= Jeep Wrangler JK LED fog lights | 35 | 110
= Chevy Silverado 1500 alternator | 60 | 150
= Subaru WRX STI Brembo brake calipers | 190 | 520
= VW Golf MK7 infotainment radio | 120 | 320
= Bosch oxygen sensor 15733 | 25 | 60
+ OEM, Genuine OEM, Aftermarket, Remanufactured, NOS
+ Left Driver Side, Right Passenger LH RH, Pair, Front, Rear, Halogen, LED
+ Tested, 62K Miles, w/ Bulbs, Plug & Play, Broken Tab, Fast Ship

261068 | Action Figures | 220 | Toys & Hobbies | figure | 80 | 7 | 30
= Star Wars Vintage Kenner Boba Fett | 30 | 220
= Star Wars Black Series Darth Vader | 20 | 45
= Transformers G1 Optimus Prime | 60 | 290
= GI Joe Classified Snake Eyes | 20 | 60
= Marvel Legends Spider-Man Retro | 18 | 55
= TMNT NECA Turtles in Time | 30 | 80
= Hot Toys Iron Man Mark 85 1/6 | 230 | 420
= Funko Pop! Batman 01 | 8 | 60
= He-Man MOTU Skeletor 1982 | 25 | 110
+ Action Figure, Figure, 6" Figure, 3.75 Inch, Figure Lot
+ MOC, MISB, Loose Complete, w/ Weapons, Unpunched, AFA 85
+ 1983, 1985, 2021, Hasbro, Repro Weapon, Yellowed Bubble, Walmart Exclusive

259104 | Comics | 63 | Collectibles | book | 5 | 6 | 40
= Amazing Spider-Man #300 | 190 | 790
= Uncanny X-Men #266 | 70 | 290
= Batman Adventures #12 | 290 | 790
= Incredible Hulk #181 | 1900 | 4900
= Walking Dead #1 | 390 | 1100
= Saga #1 Image | 40 | 160
= Spawn #1 McFarlane | 12 | 40
= Teenage Mutant Ninja Turtles #1 3rd print | 190 | 490
= Sandman #1 Neil Gaiman | 25 | 90
+ CGC 9.8, CGC 9.6, CGC 8.0, Raw NM, VF/NM, FN, Newsstand
+ Marvel, DC, 1st Appearance, Key Issue, White Pages, Direct Edition
+ 1988, 1990, 1992, Comic Book, Comic, Bagged & Boarded, Restored

11848 | Fragrances | 26395 | Health & Beauty | bottle | 318 | 5 | 5
= Dior Sauvage EDP | 65 | 120
= Chanel Bleu de Chanel | 75 | 140
= Creed Aventus | 190 | 340
= Tom Ford Oud Wood | 110 | 220
= Jo Malone Wood Sage & Sea Salt | 50 | 110
= Versace Eros EDT | 40 | 75
= Old Spice original vintage bottle | 12 | 40
= Maison Francis Kurkdjian Baccarat Rouge 540 | 150 | 290
+ Spray, Cologne, Eau de Parfum, Eau de Toilette, Perfume
+ 3.4 oz / 100ml, 1.7 oz, 2.5 oz, 10ml Decant, Sample 2ml
+ Men, Women, Unisex, Tester, Batch 22, No Cap, In Box

20676 | Coffee & Espresso Makers | 11700 | Home & Garden | cup | 22 | 5 | 10
= Breville Barista Express espresso machine | 320 | 560
= Rancilio Silvia | 390 | 650
= Gaggia Classic Pro | 260 | 420
= La Pavoni Europiccola lever | 390 | 750
= Nespresso VertuoPlus | 60 | 130
= Moccamaster KBGV Select coffee maker | 170 | 290
= Bialetti Moka Express 6 cup | 18 | 40
= Baratza Encore coffee grinder | 80 | 140
= Chemex classic 6 cup | 25 | 50
+ Stainless Steel, Black, Red, Polished Silver, 110V, 220V
+ Coffee Maker, Tested, Descaled, w/ Portafilter, Refurb, New Gaskets
+ Works, Open Box, For Repair, w/ Frother, Complete, Serviced
"""


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    name: str
    parent_id: str
    parent_name: str
    glyph: str
    hue: int
    weight: int
    auctions: int
    models: tuple[Model, ...]
    details: tuple[tuple[str, ...], ...]


def _category(block: str) -> Category:
    head, *lines = block.splitlines()
    id_, name, parent_id, parent_name, glyph, hue, weight, auctions = head.split(" | ")
    models = [line[2:].split(" | ") for line in lines if line.startswith("=")]
    return Category(
        *(id_, name, parent_id, parent_name, glyph),
        *(int(hue), int(weight), int(auctions)),
        tuple(Model(model, int(low), int(high)) for model, low, high in models),
        tuple(tuple(line[2:].split(", ")) for line in lines if line.startswith("+")),
    )


GENERATED = tuple(_category(block) for block in _TEXT.strip().split("\n\n"))
EVERYTHING_ELSE = Category(
    "88433", "Every Other Thing", "99", "Everything Else", "box", 200, 0, 0, (), ()
)
CATEGORIES = {category.id: category for category in (*GENERATED, EVERYTHING_ELSE)}
PARENTS = {category.id: category.parent_id for category in CATEGORIES.values()}
FIRST_LEVEL = frozenset(PARENTS.values())

# What a word in the title of an uncategorised listing makes its picture look like.
_HINTS = """
38182 wine beer vodka rum liqueur port champagne sherry oil vinegar sauce juice syrup water soda
20676 tea coffee cup mug espresso cocoa soup nescafe
31388 camera lens
19006 lego brick blocks
9355 iphone phone smartphone
183454 pokemon card cards
33034 guitar bass ukulele
31387 watch clock
15709 sneakers shoes boots
261186 book books novel atlas
177831 bicycle bike
169291 bag purse tote
57988 jacket coat apron shirt
122826 drill tool mop
"""
PICTURE_HINTS = {
    word: line.split()[0] for line in _HINTS.strip().splitlines() for word in line.split()[1:]
}

_STARTS = (
    "blue,red,golden,northern,lucky,the_real,vintage,retro,mega,tiny,urban,country,pacific,"
    "brooklyn,desert,silver,happy,old_town,attic,garage,honest,second_act,harbor,maple,prairie"
)
_ENDS = (
    "finds,deals,collector,trader,treasures,outlet,shop,resale,goods,emporium,picker,vault,depot,"
    "market,corner,relics,supply,closet,barn,loft"
)
SELLER_STARTS = tuple(_STARTS.split(","))
SELLER_ENDS = tuple(_ENDS.split(","))

FLAGS = {
    "new": ("NIB", "NEW", "Brand New", "Sealed", "BNIB", "NWT", "NOS", "Open Box"),
    "used": ("EUC", "GUC", "VTG", "Vintage", "RARE", "OEM", "Tested", "HTF", "L@@K", "lot of 3"),
    "parts": ("For Parts", "AS IS", "Parts/Repair", "Not Working", "READ"),
}
